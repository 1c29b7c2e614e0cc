import { isNodeRedis, type RedisClient } from "./clients.ts";
import { type RedisDriver, toDriver } from "./driver.ts";

/** A client of our own. */
export interface OwnClient {
  /** What it is used through. */
  readonly driver: RedisDriver;
  /** Ends it, whatever it is doing. */
  end(): void;
}

/** What libraries have besides what {@linkcode RedisClient} says; any may be missing. */
interface Library {
  readonly options?: {
    readonly socket?: { readonly reconnectStrategy?: unknown };
    readonly retryStrategy?: unknown;
    readonly lazyConnect?: unknown;
  };
  duplicate(overrides: object): RedisClient & Library;
  connect(): Promise<unknown>;
  destroy(): void;
  disconnect(): void;
  unref(): void;
}

/** The longest pause between two attempts to connect, in milliseconds. */
const MAX_PAUSE = 2_000;

/**
 * Throws unless a client can be duplicated.
 *
 * @throws {TypeError} If it cannot.
 */
export function assertDuplicable(client: RedisClient): void {
  if (typeof toLibrary(client).duplicate === "function") return;
  throw new TypeError(
    "Cannot use this Redis client: it lacks duplicate(), which makes connections to read from",
  );
}

/**
 * Connects a client with the settings of a user's, which looks for a lost connection
 * until it is ended.
 *
 * @param client The user's client.
 * @param isPatient Whether it waits for answers as long as Redis takes, and so cannot
 * see by itself that a connection is dead.
 */
export function duplicate(client: RedisClient, isPatient: boolean): OwnClient {
  const library = toLibrary(client);
  return isNodeRedis(client)
    ? duplicateNodeRedis(library, isPatient)
    : duplicateIoRedis(library, isPatient);
}

function toLibrary(client: RedisClient): Library {
  return client as unknown as Library; // of the library that its shape tells
}

function duplicateNodeRedis(library: Library, isPatient: boolean): OwnClient {
  const { socket } = library.options ?? {};
  let isEnded = false;
  const client = library.duplicate({
    ...isPatient ? { pingInterval: undefined } : {},
    socket: {
      ...socket,
      ...isPatient ? { socketTimeout: undefined } : {},
      reconnectStrategy: (attempts: number, cause: unknown) =>
        !isEnded && pauseAfter(socket?.reconnectStrategy, attempts, cause),
    },
    // How the user's client gives its answers is no matter of ours.
    commandOptions: undefined,
    disableOfflineQueue: false,
  });
  const driver = toDriver(client); // which listens to its errors
  // It cannot be ended while it connects.
  client.on("connect", () => isEnded && client.unref());
  client.connect().catch(() => {}); // told as an error
  return {
    driver,
    end() {
      isEnded = true;
      try {
        client.destroy();
      } catch {
        // It has ended by itself.
      }
    },
  };
}

function duplicateIoRedis(library: Library, isPatient: boolean): OwnClient {
  const { retryStrategy } = library.options ?? {};
  const client = library.duplicate({
    lazyConnect: false,
    ...isPatient ? { commandTimeout: undefined, socketTimeout: undefined } : {},
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    disconnectTimeout: 1, // there is nobody to say goodbye to where Redis hangs
    retryStrategy: (attempts: number) => pauseAfter(retryStrategy, attempts),
  });
  return { driver: toDriver(client), end: () => client.disconnect() };
}

/** As long as the user's strategy says, but never for ever. */
function pauseAfter(
  strategy: unknown,
  attempts: number,
  cause?: unknown,
): number {
  const pause = typeof strategy === "function"
    ? strategy(attempts, cause)
    : strategy;
  return typeof pause === "number"
    ? pause
    : Math.min(50 * 2 ** Math.min(attempts, 10), MAX_PAUSE);
}
