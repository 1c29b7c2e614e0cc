import {
  decodeSession,
  encodeSession,
  type StoredSession,
  type StreamSessions,
} from "./stream_sessions.ts";
import { textOf } from "./stream_entry.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** What is between the prefix of the keys and the secret of a session. */
const CONNECTED = "connected:";

/** The beginning of all scripts: they do nothing to a session that another server has. */
const UNLESS_TAKEN = `local kept = redis.call("GET", KEYS[1])
if kept and string.sub(kept, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
`;
const KEEP = `${UNLESS_TAKEN}
redis.call("SET", KEYS[1], ARGV[1] .. ARGV[2], "PX", ARGV[3])
return 1`;
const INTERRUPT = `${UNLESS_TAKEN}
redis.call("DEL", KEYS[1])
redis.call("SET", KEYS[2], ARGV[2], "PX", ARGV[3])
return 1`;
const FORGET = `${UNLESS_TAKEN}
return redis.call("DEL", KEYS[1])`;

/**
 * Sessions of connected clients, each behind the id of the server that has it. One that
 * a server has not given away, since it hangs or is dead, can be taken from it: it has
 * no part in it any more when it goes on.
 */
export class ConnectedSessions {
  readonly #hub: StreamsHub;
  readonly #interrupted: StreamSessions;
  readonly #uid: string;
  readonly #duration: number;

  /**
   * @param hub The connections.
   * @param interrupted Where a session is kept when its connection has broken.
   * @param uid The id of this server: all ids have one length.
   */
  constructor(
    hub: StreamsHub,
    interrupted: StreamSessions,
    uid: string,
  ) {
    this.#hub = hub;
    this.#interrupted = interrupted;
    this.#uid = uid;
    // The next time may be late.
    const interval = Math.ceil(hub.settings.snapshotInterval);
    this.#duration = interrupted.duration + 2 * interval;
  }

  #keyOf(pid: string): string {
    return `${this.#hub.settings.sessionKeyPrefix}${CONNECTED}${pid}`;
  }

  /**
   * Keeps a session.
   *
   * @returns Whether this server still has it.
   * @throws {Error} If what the application keeps with it cannot be encoded.
   */
  async keep(session: StoredSession): Promise<boolean> {
    const text = encodeSession(session);
    const keys = [this.#keyOf(session.pid)];
    return await this.#run(KEEP, keys, text, `${this.#duration}`) !== 0;
  }

  /** Keeps a session whose connection has broken, if this server still has it. */
  async interrupt(session: StoredSession): Promise<void> {
    const { pid } = session;
    const text = encodeSession(session);
    const keys = [this.#keyOf(pid), this.#interrupted.keyOf(pid)];
    await this.#run(INTERRUPT, keys, text, `${this.#interrupted.duration}`);
  }

  /** Keeps a session no longer, if this server still has it. */
  async delete(pid: string): Promise<void> {
    await this.#run(FORGET, [this.#keyOf(pid)]);
  }

  /** Takes a session from the server that has it: this one has it then. */
  async take(pid: string): Promise<StoredSession | undefined> {
    const kept = await this.#hub.outbox.command(
      "SET",
      this.#keyOf(pid),
      this.#uid,
      "PX",
      `${this.#duration}`,
      "XX",
      "GET",
    );
    if (kept === null || kept === undefined) return undefined;
    const text = textOf(kept).slice(this.#uid.length);
    return text === "" ? undefined : decodeSession(text, pid);
  }

  #run(script: string, keys: string[], ...args: string[]): Promise<unknown> {
    const { outbox } = this.#hub;
    const count = `${keys.length}`;
    return outbox.command("EVAL", script, count, ...keys, this.#uid, ...args);
  }
}
