/** What a server under test told about itself. */
export interface Report {
  readonly kind: string;
  // deno-lint-ignore no-explicit-any -- what an app reports is known to its case alone
  readonly [field: string]: any;
}

/** Options of a server under test, as they can cross to another process. */
export interface TargetOptions {
  pingInterval?: number;
  pingTimeout?: number;
  upgradeTimeout?: number;
  maxHttpBufferSize?: number;
  connectTimeout?: number;
  cleanupEmptyChildNamespaces?: boolean;
  allowUpgrades?: boolean;
  allowEIO3?: boolean;
  transports?: ("polling" | "websocket")[];
  path?: string;
  addTrailingSlash?: boolean;
  cookie?: boolean | {
    name?: string;
    path?: string;
    httpOnly?: boolean;
    sameSite?: "lax" | "strict" | "none";
    maxAge?: number;
    secure?: boolean;
  };
  cors?: {
    origin?: string | boolean | string[];
    methods?: string | string[];
    allowedHeaders?: string | string[];
    exposedHeaders?: string | string[];
    credentials?: boolean;
    maxAge?: number;
  };
  connectionStateRecovery?: { maxDisconnectionDuration?: number };
  /** Makes an `allowRequest` that refuses every handshake with this message. */
  refuse?: string;
}

/** A server under test. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, with its path: `http://127.0.0.1:1234/engine.io/`. */
  readonly url: string;
  /**
   * Waits for a report, and takes it out of the list.
   *
   * @param kind The kind of report.
   * @param fields What else it must say.
   */
  reported(kind: string, fields?: Record<string, unknown>): Promise<Report>;
  /** How many sessions its engine holds. */
  sessions(): Promise<number>;
  /** Calls its own `close()`, as a user would. */
  stop(): Promise<void>;
  /**
   * Bytes that its process holds more than when it was started, without garbage, where
   * that can be told.
   */
  growth?(): Promise<number>;
}

/** A way to start servers. */
export interface Target {
  readonly name: "deno" | "node";
  /** Starts an Engine.IO server that sends every message back. */
  startEngine(options?: TargetOptions): Promise<RunningServer>;
  /** Starts a Socket.IO server with an app of `tests/conformance/apps`. */
  startSocketIo(app: string, options?: TargetOptions): Promise<RunningServer>;
}
