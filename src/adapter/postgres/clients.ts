/** A row of a result. */
export type PostgresRow = Readonly<Record<string, unknown>>;

/** A message on a channel, as `pg` has it. */
export interface PgNotification {
  /** The channel. */
  readonly channel: string;
  /** What was sent. */
  readonly payload?: string | undefined;
}

/** What is needed of a client that a {@linkcode PgPool} lends. */
export interface PgClient {
  /** Adds a listener of messages. */
  on(event: "notification", listener: (message: PgNotification) => void): this;
  /** Adds a listener of errors of the connection. */
  on(event: "error", listener: (error: Error) => void): this;
  /** Adds a listener of the end of the connection. */
  on(event: "end", listener: () => void): this;
  /** Removes a listener. */
  // deno-lint-ignore no-explicit-any -- what the library's own types have
  removeListener(event: string, listener: (...args: any[]) => void): this;
  /** Runs a statement. */
  query(
    text: string,
    // deno-lint-ignore no-explicit-any -- what the library's own types have
    values?: any[],
  ): Promise<{ readonly rows: readonly PostgresRow[] }>;
  /** Gives the client back, or ends it. */
  release(destroy?: Error | boolean): void;
}

/** What is needed of a `Pool` of `pg`. */
export interface PgPool {
  /** How many clients there are. */
  readonly totalCount: number;
  /** The options it was made with. */
  readonly options: { readonly max?: number | undefined };
  /** Adds a listener of errors of clients that nobody has. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Lends a client. */
  connect(): Promise<PgClient>;
}

/** What is needed of the `sql` that `postgres()` of postgres.js returns. */
export interface PostgresJsSql {
  /** Runs a statement. */
  unsafe(
    text: string,
    // deno-lint-ignore no-explicit-any -- what the library's own types have
    values?: any[],
  ): PromiseLike<readonly PostgresRow[]>;
  /** Listens to a channel, again after each loss of the connection. */
  listen(
    channel: string,
    onNotify: (payload: string) => void,
    onListen?: () => void,
  ): Promise<{ unlisten(): Promise<void> }>;
}

/** A client of PostgreSQL: a `Pool` of `pg`, or the `sql` of postgres.js. */
export type PostgresClient = PgPool | PostgresJsSql;

/** Tells whether `client` is a pool of `pg`. */
export function isPgPool(client: PostgresClient): client is PgPool {
  return typeof client === "object" && client !== null &&
    hasMethods(client, ["on", "connect"]) && "totalCount" in client &&
    "options" in client;
}

/** Tells whether `client` is the `sql` of postgres.js. */
export function isPostgresJs(client: PostgresClient): client is PostgresJsSql {
  return typeof client === "function" &&
    hasMethods(client, ["unsafe", "listen"]);
}

function hasMethods(value: object, names: readonly string[]): boolean {
  const object = value as Record<string, unknown>; // any property may be missing
  return names.every((name) => typeof object[name] === "function");
}
