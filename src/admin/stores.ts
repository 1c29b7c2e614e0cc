import { checkRange } from "../options.ts";

/** Seconds that a session is known: a day. */
const SESSION_DURATION = 86_400;

/** Where the sessions of those are kept who have logged in to the Admin UI. */
export interface AdminStore {
  /** Tells whether there is a session of this id. */
  doesSessionExist(sessionId: string): Promise<boolean> | boolean;
  /** Keeps a session. */
  saveSession(sessionId: string): Promise<unknown> | unknown;
}

/** Options of an {@linkcode InMemoryStore}. */
export interface InMemoryStoreOptions {
  /**
   * Seconds that a session is known.
   *
   * @default {86_400}
   */
  readonly sessionDuration?: number;
  /**
   * How many are kept; the oldest goes first.
   *
   * @default {1_000}
   */
  readonly maxSessions?: number;
}

/**
 * Keeps sessions in memory: who reloads the page need not log in again, unless the
 * server has been restarted or it is another one.
 *
 * @example Usage
 * ```ts
 * import { InMemoryStore } from "@deno-socketio/server/admin";
 *
 * const store = new InMemoryStore({ sessionDuration: 3_600 });
 * ```
 */
export class InMemoryStore implements AdminStore {
  readonly #duration: number;
  readonly #maxSessions: number;
  /** When each session ends, in milliseconds of the epoch; the oldest is first. */
  readonly #sessions = new Map<string, number>();

  /**
   * Creates an empty store.
   *
   * @param options See {@linkcode InMemoryStoreOptions}.
   * @throws {RangeError} If an option cannot work.
   */
  constructor(
    { sessionDuration = SESSION_DURATION, maxSessions = 1_000 }:
      InMemoryStoreOptions = {},
  ) {
    checkRange("sessionDuration", sessionDuration, 1, Infinity);
    checkRange("maxSessions", maxSessions, 1, Infinity);
    this.#duration = sessionDuration * 1_000;
    this.#maxSessions = maxSessions;
  }

  /** Tells whether there is a session of this id. */
  doesSessionExist(sessionId: string): boolean {
    const end = this.#sessions.get(sessionId);
    if (end === undefined) return false;
    if (end > Date.now()) return true;
    this.#sessions.delete(sessionId);
    return false;
  }

  /** Keeps a session. */
  saveSession(sessionId: string): void {
    this.#sessions.set(sessionId, Date.now() + this.#duration);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#maxSessions) break;
      this.#sessions.delete(oldest);
    }
  }
}

/** What a {@linkcode RedisStore} uses of a client: of `redis`, `ioredis` or `iovalkey`. */
export interface AdminRedisClient {
  /** Counts how many of the keys exist. */
  exists(key: string): Promise<number>;
  /** Sets a key for so many seconds: the name that `redis` has for it. */
  setEx?(key: string, seconds: number, value: string): Promise<unknown>;
  /** The same by the name that `ioredis` and `iovalkey` have for it. */
  setex?(key: string, seconds: number, value: string): Promise<unknown>;
}

/** Options of a {@linkcode RedisStore}. */
export interface RedisStoreOptions {
  /**
   * What keys begin with.
   *
   * @default {"socket.io-admin"}
   */
  readonly prefix?: string;
  /**
   * Seconds that a session is known.
   *
   * @default {86_400}
   */
  readonly sessionDuration?: number;
}

/**
 * Keeps sessions in Redis or Valkey, for several servers: who has logged in to one is
 * known to all, those on Node too.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { RedisStore } from "@deno-socketio/server/admin";
 *
 * const client = await createClient().connect();
 * const store = new RedisStore(client);
 * ```
 */
export class RedisStore implements AdminStore {
  readonly #client: AdminRedisClient;
  readonly #prefix: string;
  readonly #duration: number;

  /**
   * Keeps sessions through `client`, which stays yours to close.
   *
   * @param client A client of `redis`, `ioredis` or `iovalkey`.
   * @param options See {@linkcode RedisStoreOptions}.
   * @throws {RangeError} If an option cannot work.
   * @throws {TypeError} If the client lacks a method.
   */
  constructor(
    client: AdminRedisClient,
    { prefix = "socket.io-admin", sessionDuration = SESSION_DURATION }:
      RedisStoreOptions = {},
  ) {
    checkRange("sessionDuration", sessionDuration, 1, Infinity);
    const { exists, setEx = client.setex } = client;
    if (typeof exists !== "function" || typeof setEx !== "function") {
      throw new TypeError(
        "Cannot keep sessions in Redis: the client has no exists(), or no setEx() or setex()",
      );
    }
    this.#client = client;
    this.#prefix = prefix;
    this.#duration = Math.ceil(sessionDuration);
  }

  #key(sessionId: string): string {
    return `${this.#prefix}#${sessionId}`;
  }

  /** Tells whether there is a session of this id. */
  async doesSessionExist(sessionId: string): Promise<boolean> {
    return await this.#client.exists(this.#key(sessionId)) === 1;
  }

  /** Keeps a session. */
  async saveSession(sessionId: string): Promise<void> {
    const key = this.#key(sessionId);
    await (this.#client.setEx?.(key, this.#duration, "true") ??
      this.#client.setex?.(key, this.#duration, "true"));
  }
}
