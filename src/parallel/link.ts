/** Bytes that one write takes at the most, unless a frame is larger. */
const WRITE_SIZE = 65_536;
const LENGTH_BYTES = 4;
/** Milliseconds in which a side that has too much to read must have read something. */
const STALL_TIME = 5_000;
/** How many times what may wait for a side that reads nothing may wait for one that reads. */
const MAX_BURST = 4;

/** What a {@linkcode Link} tells. */
export interface LinkOwner {
  /** A frame arrived: a view of memory that nobody else writes to. */
  onFrame(frame: Uint8Array<ArrayBuffer>): void;
  /** The connection has ended; nothing follows. */
  onClose(error: unknown): void;
}

/**
 * One TCP connection between two workers, with frames in either direction: four
 * bytes of length, then so many.
 *
 * What is sent waits here until the other side has read what was sent before.
 */
export class Link {
  readonly #conn: Deno.TcpConn;
  readonly #reader: FrameReader;
  readonly #maxPendingBytes: number;
  #queue: Uint8Array[] = [];
  #pendingBytes = 0;
  #isWriting = false;
  #isClosed = false;
  /** Runs while too much waits. */
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #written = 0;
  #owner: LinkOwner | undefined;

  /**
   * @param conn The connection, which does not keep the process alive.
   * @param reader Reads from it.
   * @param maxPendingBytes Bytes that may wait for a side that reads nothing; for one
   * that reads, four times as many. With more the connection ends.
   */
  constructor(
    conn: Deno.TcpConn,
    reader: FrameReader,
    maxPendingBytes: number,
  ) {
    this.#conn = conn;
    this.#reader = reader;
    this.#maxPendingBytes = maxPendingBytes;
    conn.unref();
    conn.setNoDelay(true);
  }

  /** Bytes that wait for the other side. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Hands frames to `owner` from now on. */
  start(owner: LinkOwner): void {
    this.#owner = owner;
    this.#read().then(
      () => this.#end(new Error("the other side has closed the connection")),
      (error) => this.#end(error),
    );
  }

  async #read(): Promise<void> {
    for (
      let frame = await this.#reader.next();
      frame !== undefined;
      frame = await this.#reader.next()
    ) {
      this.#owner?.onFrame(frame);
    }
  }

  /** Sends a frame behind those that wait; nothing once the connection has ended. */
  send(frame: Uint8Array): void {
    if (this.#isClosed) return;
    const head = new Uint8Array(LENGTH_BYTES);
    new DataView(head.buffer).setUint32(0, frame.length);
    this.#queue.push(head, frame);
    this.#pendingBytes += LENGTH_BYTES + frame.length;
    if (this.#pendingBytes > this.#maxPendingBytes) {
      if (this.#pendingBytes > this.#maxPendingBytes * MAX_BURST) {
        return this.#giveUp();
      }
      this.#watch();
    }
    if (this.#isWriting) return;
    this.#isWriting = true;
    // What is sent in one turn leaves in one write.
    queueMicrotask(() => this.#write().catch((error) => this.#end(error)));
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batches = join(this.#queue);
      this.#queue = [];
      for (const batch of batches) {
        for (let written = 0; written < batch.length;) {
          const count = await this.#conn.write(batch.subarray(written));
          written += count;
          this.#written += count;
        }
        this.#pendingBytes -= batch.length;
      }
    }
    this.#isWriting = false;
  }

  /**
   * Ends the connection unless the other side reads. How much is sent at once says
   * nothing of it: that may be a broadcast to many.
   */
  #watch(): void {
    if (this.#stallTimer !== undefined) return;
    const before = this.#written;
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = undefined;
      if (this.#pendingBytes <= this.#maxPendingBytes) return;
      if (this.#written > before) this.#watch();
      else this.#giveUp();
    }, STALL_TIME);
    Deno.unrefTimer(this.#stallTimer);
  }

  #giveUp(): void {
    this.#end(new Error(`${this.#pendingBytes} bytes wait for a worker`));
  }

  #end(error: unknown): void {
    const owner = this.#owner;
    this.close();
    owner?.onClose(error);
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#owner !== undefined && this.#pendingBytes > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Ends the connection, without a word to its owner. */
  close(): void {
    this.#owner = undefined;
    this.#isClosed = true;
    clearTimeout(this.#stallTimer);
    this.#queue = [];
    try {
      this.#conn.close();
    } catch {
      // It has ended already.
    }
  }
}

/** Puts small pieces together; a large one stays by itself. */
function join(pieces: readonly Uint8Array[]): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let start = 0; start < pieces.length;) {
    let size = 0;
    let end = start;
    do size += pieces[end++]!.length; while (
      end < pieces.length && size + pieces[end]!.length <= WRITE_SIZE
    );
    if (end === start + 1) batches.push(pieces[start]!);
    else {
      const batch = new Uint8Array(size);
      for (let at = 0; start < end; start++) {
        batch.set(pieces[start]!, at);
        at += pieces[start]!.length;
      }
      batches.push(batch);
    }
    start = end;
  }
  return batches;
}

/** Reads frames from a connection. */
export class FrameReader {
  /** Bytes that a frame may have. */
  maxSize = Infinity;
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(WRITE_SIZE);
  #chunk = new Uint8Array();

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /**
   * Reads the next frame.
   *
   * @returns The frame; `undefined` when the connection has ended.
   * @throws {RangeError} If it has more bytes than it may.
   */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!await this.#fill(LENGTH_BYTES)) return undefined;
    const chunk = this.#chunk;
    const size = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0);
    if (size > this.maxSize) throw new RangeError(`a frame has ${size} bytes`);
    const end = LENGTH_BYTES + size;
    if (!await this.#fill(end)) return undefined;
    const frame = this.#chunk.subarray(LENGTH_BYTES, end);
    this.#chunk = this.#chunk.subarray(end);
    return frame;
  }

  /** Reads until there are `size` bytes. Returns whether they came. */
  async #fill(size: number): Promise<boolean> {
    const chunk = this.#chunk;
    if (chunk.length >= size) return true;
    let length = chunk.length;
    if (size > WRITE_SIZE) {
      const all = new Uint8Array(size);
      all.set(chunk);
      while (length < size) {
        const count = await this.#conn.read(all.subarray(length));
        if (count === null) return false;
        length += count;
      }
      this.#chunk = all;
      return true;
    }
    while (this.#chunk.length < size) {
      const count = await this.#conn.read(this.#buffer);
      if (count === null) return false;
      const more = new Uint8Array(this.#chunk.length + count);
      more.set(this.#chunk);
      more.set(this.#buffer.subarray(0, count), this.#chunk.length);
      this.#chunk = more;
    }
    return true;
  }
}
