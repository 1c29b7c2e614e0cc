import type { Adapter, AdapterNamespace } from "../adapter/mod.ts";
import type { ClientLimits } from "../core/limits.ts";
import type { EngineLimits, EngineOptions } from "../engine/mod.ts";
import type { MetricsOptions } from "../metrics/mod.ts";
import type { Codec, NodeParser } from "../parser/mod.ts";

/** Makes the adapter of a namespace: a class, or a function that returns one. */
export type AdapterFactory =
  | (new (namespace: AdapterNamespace) => Adapter)
  | ((namespace: AdapterNamespace) => Adapter);

/** Options of {@linkcode ServerOptions.connectionStateRecovery}. */
export interface ConnectionStateRecoveryOptions {
  /**
   * Milliseconds that a session, and the events it misses, is kept.
   *
   * @default {120_000}
   */
  maxDisconnectionDuration?: number;
  /**
   * Whether middlewares let a restored session in unasked.
   *
   * @default {true}
   */
  skipMiddlewares?: boolean;
  /**
   * Events that each namespace keeps, with the default adapter.
   *
   * @default {100_000}
   */
  maxPackets?: number;
  /**
   * Bytes of events that each namespace keeps, with the default adapter; a
   * character of text counts as one.
   *
   * @default {67_108_864}
   */
  maxBytes?: number;
  /**
   * Interrupted sessions that each namespace keeps, with the default adapter.
   *
   * @default {100_000}
   */
  maxSessions?: number;
}

/** Options of `io.drain()`. */
export interface DrainOptions {
  /**
   * Milliseconds after which the last clients are told to go.
   *
   * @default {30_000}
   */
  timeout?: number;
  /**
   * How many clients are told at once.
   *
   * @default {100}
   */
  batch?: number;
  /**
   * Milliseconds between two batches, at the most.
   *
   * @default {1_000}
   */
  jitter?: number;
}

/** Options of a Socket.IO server, beside those of its engine. */
export interface ServerOptions extends EngineOptions {
  /**
   * Makes the adapter of each namespace.
   *
   * @default {MemoryAdapter}, which keeps sessions if `connectionStateRecovery` is set
   */
  adapter?: AdapterFactory;
  /**
   * How packets are written and read: a codec, or a parser for Node with its `Encoder`
   * and `Decoder`. All clients must use the same.
   *
   * @default {new JsonCodec()}
   */
  parser?: Codec | NodeParser;
  /** Passed to `JSON.stringify`, with the default parser. */
  replacer?: (this: unknown, key: string, value: unknown) => unknown;
  /** Passed to `JSON.parse`, with the default parser. */
  reviver?: (this: unknown, key: string, value: unknown) => unknown;
  /**
   * How many attachments a packet from a client may have, with the default parser.
   *
   * @default {10}
   */
  maxAttachments?: number;
  /**
   * Milliseconds within which a client must ask for a namespace.
   *
   * @default {45_000}
   */
  connectTimeout?: number;
  /**
   * Milliseconds that `emitWithAck()` waits for an answer, where no other timeout
   * is set.
   *
   * @default as long as the client is there; 5,000 for a broadcast
   */
  ackTimeout?: number;
  /**
   * Whether other workers of this process serve the same clients, as with
   * `deno serve --parallel`: sessions, long-polling included, may then come to any of
   * them, and a broadcast reaches the clients of all.
   *
   * The workers connect to each other on 127.0.0.1, on a port that the system chooses;
   * `--allow-net` must allow it. Those of the same `name` belong together. It takes
   * Deno 2.7.
   *
   * @default {false}
   */
  parallel?: boolean | {
    /**
     * What the workers have in common.
     *
     * @default the `path`
     */
    readonly name?: string;
  };
  /**
   * Whether what passes the server is counted, for `io.metrics()`.
   *
   * @default {false}
   */
  metrics?: boolean | MetricsOptions;
  /**
   * Lets a client that was cut off go on where it was: with the same id, rooms and
   * data, and with the events that it missed. `{}` stands for the defaults. One that
   * missed more than a quarter of `maxBufferedAmount` starts afresh.
   *
   * @default off
   */
  connectionStateRecovery?: ConnectionStateRecoveryOptions;
  /**
   * Whether a namespace that came into being because a client asked for it goes
   * when its last client has left and, with `connectionStateRecovery`, its interrupted
   * sessions have ended.
   *
   * @default {false}
   */
  cleanupEmptyChildNamespaces?: boolean;
  /**
   * The folder of the official client's bundles (the `dist` of npm's
   * `socket.io-client`), as a `file:` URL: they are served under the path. Reading
   * them needs `--allow-read` for that folder.
   *
   * `true`, the default on Node, is refused: there is no bundle in this package.
   *
   * @default {false}
   */
  serveClient?: URL | string | boolean;
  /**
   * How much clients may ask. Who exceeds a limit is disconnected or refused, and
   * `io.diagnostics` gets a `limitexceeded` event; `attachmentBytes` and
   * `packetsPerPayload` make what is too much a parse error.
   */
  limits?: EngineLimits & ClientLimits;
}
