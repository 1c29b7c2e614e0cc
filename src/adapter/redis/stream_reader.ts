import { Outage } from "../outage.ts";
import type { OwnClient } from "./duplicate.ts";
import { LastSeqs } from "./last_seqs.ts";
import {
  readEntries,
  readStreams,
  type StreamEntry,
  textOf,
} from "./stream_entry.ts";
import { compareIds } from "./stream_id.ts";
import { WatchedConnection } from "./watched_connection.ts";

/** How a {@linkcode StreamReader} is to read. */
export interface StreamReaderSettings {
  /** Entries to read at once. */
  readonly readCount: number;
  /** Milliseconds that Redis waits for an entry. */
  readonly blockTimeInMs: number;
  /** Entries that the stream keeps at the least. */
  readonly maxLen: number;
}

/** Takes what a {@linkcode StreamReader} brings. */
export interface StreamListener {
  /** Takes an entry of its namespace. */
  onEntry(entry: StreamEntry): void;
  /** Hears what goes wrong, of each outage once. */
  onError(error: unknown): void;
  /** Hears that entries may have been missed; of the first time it hears why, too. */
  onGap(): void;
}

/** Milliseconds on top of the time to wait, after which a connection is dead. */
const GRACE = 5_000;

/** An entry which says nothing, so that a stream has a place to begin at. */
const NOTHING = ["uid", "emitter", "nsp", "/", "type", "2"];

/**
 * Reads a stream from its end on, in order and without a gap, over a connection of its
 * own. What is added while there is no connection is read when there is one again.
 *
 * new ──open()──▶ open ──close()──▶ closed
 */
export class StreamReader {
  readonly #name: string;
  readonly #connection: WatchedConnection;
  readonly #settings: StreamReaderSettings;
  readonly #listeners = new Map<string, Set<StreamListener>>();
  #state: "new" | "open" | "closed" = "new";
  readonly #opened = Promise.withResolvers<void>();
  #position: string | undefined;
  /** Whether it is certain that no entry is missing before the next. */
  #hasPlace = false;
  /** Whether it was told that some are missing, since it was not behind any more. */
  #hasToldGap = false;
  /** So many entries at once may not be all that there are. */
  readonly #fullCount: number;
  /** It is over when something is read. */
  readonly #outage = new Outage();
  /** Who waits for an entry to be read. */
  readonly #waits = new Set<
    { readonly id: string; end(hasPassed: boolean): void }
  >();
  readonly #lastSeqs = new LastSeqs();

  /**
   * @param name The stream.
   * @param connect Connects a client.
   * @param settings How to read.
   */
  constructor(
    name: string,
    connect: () => OwnClient,
    settings: StreamReaderSettings,
  ) {
    this.#name = name;
    this.#settings = settings;
    this.#fullCount = Math.min(settings.readCount, settings.maxLen);
    this.#connection = new WatchedConnection(
      connect,
      settings.blockTimeInMs + GRACE,
      (error) => this.tell(error),
    );
  }

  /** The id of the last entry that was read, or was there before. */
  get position(): string | undefined {
    return this.#position;
  }

  /** Whether entries are read as they come. */
  get isReading(): boolean {
    return this.#hasPlace && this.#connection.isReady;
  }

  /** Adds a listener of a namespace. */
  add(nsp: string, listener: StreamListener): void {
    const listeners = this.#listeners.get(nsp) ?? new Set();
    this.#listeners.set(nsp, listeners.add(listener));
  }

  /** Removes a listener. Returns whether another is left. */
  delete(nsp: string, listener: StreamListener): boolean {
    const listeners = this.#listeners.get(nsp);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(nsp);
    return this.#listeners.size > 0;
  }

  /** Begins to read. Resolves when nothing that is added from now on is missed. */
  open(): Promise<void> {
    if (this.#state === "new") {
      this.#state = "open";
      this.#run();
    }
    return this.#opened.promise;
  }

  /** Reads no more. */
  close(): void {
    this.#state = "closed";
    this.#opened.resolve();
    this.#connection.close();
    for (const { end } of this.#waits) end(false);
  }

  /**
   * Waits until an entry has been read.
   *
   * @returns Whether it has been, within so many milliseconds.
   */
  passed(id: string, timeout: number): Promise<boolean> {
    if (this.#hasPassed(id)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (hasPassed: boolean) => {
        clearTimeout(timer);
        this.#waits.delete(wait);
        resolve(hasPassed);
      };
      const timer = setTimeout(() => end(false), timeout);
      const wait = { id, end };
      this.#waits.add(wait);
    });
  }

  #hasPassed(id: string): boolean {
    return this.#position !== undefined && compareIds(this.#position, id) >= 0;
  }

  /** Whether it is still to read; asked again after each wait. */
  #isOpen(): boolean {
    return this.#state === "open";
  }

  async #run(): Promise<void> {
    const connection = this.#connection;
    while (this.#isOpen()) {
      try {
        if (!connection.isReady) await connection.open();
        if (!this.#hasPlace) await this.#findPlace();
        this.#hasPlace = true;
        this.#opened.resolve();
        const entries = await this.#read();
        this.#outage.end();
        // It may be behind by more than the stream keeps.
        const isBehind = entries.length >= this.#fullCount;
        if (!isBehind) this.#hasToldGap = false;
        else await this.#findGap(this.#position!); // it has one by now
        for (const entry of entries) this.#take(entry);
      } catch (error) {
        if (!this.#isOpen()) return;
        this.#hasPlace = false;
        this.tell(error);
        // It is not the connection: Redis refuses.
        if (connection.isReady) await connection.pause();
      }
    }
  }

  async #read(): Promise<StreamEntry[]> {
    const { readCount, blockTimeInMs } = this.#settings;
    const from = this.#position!; // it has one by now
    return readStreams(
      await this.#connection.command(
        ...["XREAD", "BLOCK", `${blockTimeInMs}`] as const,
        ...["COUNT", `${readCount}`, "STREAMS", this.#name, from],
      ),
    );
  }

  /** The id of the last entry; adds one where there is none. */
  async #findEnd(): Promise<string> {
    const [last] = await this.#range("XREVRANGE", "+", "-");
    if (last !== undefined) return last.id;
    return textOf(
      await this.#connection.command("XADD", this.#name, "*", ...NOTHING),
    );
  }

  async #range(
    command: "XRANGE" | "XREVRANGE",
    from: string,
    to: string,
  ): Promise<StreamEntry[]> {
    return readEntries(
      await this.#connection.command(
        command,
        this.#name,
        from,
        to,
        "COUNT",
        "1",
      ),
    );
  }

  /** Finds the place to begin at, or to go on from. */
  async #findPlace(): Promise<void> {
    if (this.#position === undefined) this.#position = await this.#findEnd();
    else await this.#findGap(this.#position);
  }

  /** Tells whether entries behind a place are gone, and goes back if the stream is another. */
  async #findGap(position: string): Promise<void> {
    const [here] = await this.#range("XRANGE", position, position);
    if (here !== undefined) return;
    const [first] = await this.#range("XRANGE", "-", "+");
    const end = await this.#findEnd();
    if (first === undefined || compareIds(end, position) < 0) {
      this.#position = "0-0"; // all of it is new
      this.#tellGap("Redis has lost the stream");
    } else if (compareIds(first.id, position) > 0) {
      this.#tellGap(
        "the stream was trimmed behind the last one that was read",
      );
    }
  }

  #tellGap(reason: string): void {
    for (const listener of this.#allListeners()) listener.onGap();
    if (this.#hasToldGap) return;
    this.#hasToldGap = true;
    this.#tellAll(
      new Error(`Messages of other servers may be lost: ${reason}`),
    );
  }

  #tellAll(error: unknown): void {
    for (const listener of this.#allListeners()) listener.onError(error);
  }

  #allListeners(): Set<StreamListener> {
    return new Set([...this.#listeners.values()].flatMap((each) => [...each]));
  }

  #take(entry: StreamEntry): void {
    this.#position = entry.id;
    const listeners = this.#listeners.get(entry.nsp ?? "");
    if (listeners !== undefined && !this.#lastSeqs.isRepeated(entry)) {
      for (const listener of [...listeners]) {
        try {
          listener.onEntry(entry);
        } catch (error) {
          listener.onError(error);
        }
      }
    }
    for (const { id, end } of this.#waits) if (this.#hasPassed(id)) end(true);
  }

  /** Tells all listeners of a failure, unless they have heard of it in this outage. */
  tell(error: unknown): void {
    if (!this.#outage.isNews(error)) return;
    this.#tellAll(error);
  }
}
