import { MAX_DEPTH, MsgpackError } from "./errors.ts";

/** Bytes that a writer begins with. */
const INITIAL_SIZE = 2_048;
/** A buffer that has grown beyond this is not kept for the next message. */
const MAX_KEPT_SIZE = 262_144;
/**
 * Shorter strings are written here, longer ones by the runtime: reading characters one
 * by one is dear where a string is part of a longer one, as those from clients are.
 */
const SHORT_STRING = 48;

/** Bytes of memory that short messages share. */
const SHARED_SIZE = 65_536;
/** A longer message has its own. */
const MAX_SHARED_SIZE = 4_096;

const textEncoder = new TextEncoder();

/** How dates are written: as the standard's timestamps, or as notepack.io 2 does it. */
export type MsgpackDates = "timestamp" | "notepack";

/** Memory that messages share, and where it is free. */
let shared = new ArrayBuffer(0);
let sharedEnd = 0;

/** A writer that nobody uses now. */
let idle: Writer | undefined;

/** Takes a writer, which is to be given back. */
export function takeWriter(dates: MsgpackDates): Writer {
  const writer = idle ?? new Writer();
  idle = undefined; // a toJSON() may encode something itself
  writer.dates = dates;
  return writer;
}

/** Gives a writer back, with what is left in it. */
export function giveBack(writer: Writer): void {
  idle = writer.reset();
}

/** Writes msgpack. */
export class Writer {
  #bytes = new Uint8Array(INITIAL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  dates: MsgpackDates = "timestamp";

  /** A copy of what has been written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** The same, in memory that others share unless it is much. */
  takeShared(): Uint8Array<ArrayBuffer> {
    const size = this.#length;
    if (size > MAX_SHARED_SIZE) return this.take();
    if (size > shared.byteLength - sharedEnd) {
      shared = new ArrayBuffer(SHARED_SIZE);
      sharedEnd = 0;
    }
    const bytes = new Uint8Array(shared, sharedEnd, size);
    bytes.set(this.#bytes.subarray(0, size));
    sharedEnd += size;
    return bytes;
  }

  /** Forgets what has been written. */
  reset(): this {
    this.#length = 0;
    if (this.#bytes.length > MAX_KEPT_SIZE) this.#resize(INITIAL_SIZE);
    return this;
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Makes room, and returns where it begins. */
  #take(size: number): number {
    const start = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const { length } = this.#bytes;
      const needed = this.#length;
      this.#length = start;
      this.#resize(Math.max(length * 2, needed));
      this.#length = needed;
    }
    return start;
  }

  /** Writes what is msgpack already. */
  writeEncoded(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
  }

  write(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#writeString(value);
      case "number":
        return this.#writeNumber(value);
      case "boolean":
        return this.#writeByte(value ? 0xc3 : 0xc2);
      case "object":
        return value === null
          ? this.#writeByte(0xc0)
          : this.#writeObject(value, depth);
      case "bigint":
        return this.#writeBigint(value, depth);
      default: // undefined, a function or a symbol
        return this.#writeByte(0xc0);
    }
  }

  /** Writes what an application has made bigints be in JSON, if it has. */
  #writeBigint(value: bigint, depth: number): void {
    const { toJSON } = value as { toJSON?: unknown }; // which none has by itself
    const json = typeof toJSON === "function" ? toJSON.call(value) : value;
    if (typeof json === "bigint") {
      throw new MsgpackError("Cannot encode a bigint as msgpack");
    }
    this.write(json, depth);
  }

  #writeByte(byte: number): void {
    const at = this.#take(1); // first, for it may move the bytes
    this.#bytes[at] = byte;
  }

  #writeNumber(value: number): void {
    if (!Number.isSafeInteger(value)) {
      const at = this.#take(9);
      this.#bytes[at] = 0xcb;
      this.#view.setFloat64(at + 1, value);
    } else if (value >= 0) {
      this.#writePositive(value);
    } else {
      this.#writeNegative(value);
    }
  }

  #writePositive(value: number): void {
    if (value < 0x80) return this.#writeByte(value);
    if (value < 0x100) return this.#writeHead8(0xcc, value);
    if (value < 0x10000) return this.#writeHead16(0xcd, value);
    if (value < 0x100000000) return this.#writeHead32(0xce, value);
    this.#write64(0xcf, value);
  }

  #writeNegative(value: number): void {
    if (value >= -0x20) return this.#writeByte(value & 0xff);
    if (value >= -0x80) return this.#writeHead8(0xd0, value & 0xff);
    if (value >= -0x8000) return this.#writeHead16(0xd1, value & 0xffff);
    if (value >= -0x80000000) return this.#writeHead32(0xd2, value >>> 0);
    this.#write64(0xd3, value);
  }

  #writeHead8(type: number, value: number): void {
    const at = this.#take(2);
    this.#bytes[at] = type;
    this.#bytes[at + 1] = value;
  }

  #writeHead16(type: number, value: number): void {
    const at = this.#take(3);
    this.#bytes[at] = type;
    this.#view.setUint16(at + 1, value);
  }

  #writeHead32(type: number, value: number): void {
    const at = this.#take(5);
    this.#bytes[at] = type;
    this.#view.setUint32(at + 1, value);
  }

  #write64(type: number, value: number): void {
    const at = this.#take(9);
    this.#bytes[at] = type;
    this.#view.setInt32(at + 1, Math.floor(value / 0x100000000));
    this.#view.setUint32(at + 5, value >>> 0);
  }

  #writeString(value: string): void {
    const { length } = value;
    if (length < SHORT_STRING && this.#writeShort(value)) return;
    // No UTF-16 unit takes more than three bytes; the longest head takes five.
    const start = this.#take(5 + length * 3);
    // Where the text begins if it is all ASCII, as most is.
    const guess = start + stringHeadSize(length);
    const { written } = textEncoder.encodeInto(
      value,
      this.#bytes.subarray(guess),
    );
    const at = start + stringHeadSize(written);
    if (at !== guess) this.#bytes.copyWithin(at, guess, guess + written);
    this.#length = start;
    this.#writeStringHead(written);
    this.#length += written;
  }

  /** Writes a string of ASCII. Returns whether it was one. */
  #writeShort(value: string): boolean {
    const before = this.#length;
    this.#writeStringHead(value.length);
    const start = this.#take(value.length);
    const bytes = this.#bytes;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.#length = before;
        return false;
      }
      bytes[start + i] = code;
    }
    return true;
  }

  #writeStringHead(size: number): void {
    if (size < 0x20) this.#writeByte(0xa0 | size);
    else if (size < 0x100) this.#writeHead8(0xd9, size);
    else if (size < 0x10000) this.#writeHead16(0xda, size);
    else this.#writeHead32(0xdb, size);
  }

  #writeObject(value: object, depth: number): void {
    if (depth >= MAX_DEPTH) {
      throw new MsgpackError(
        `Cannot encode more than ${MAX_DEPTH} levels as msgpack: perhaps a circle`,
      );
    }
    if (Array.isArray(value)) return this.#writeArray(value, depth);
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value;
      return this.#writeBytes(new Uint8Array(buffer, byteOffset, byteLength));
    }
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      return this.#writeBytes(new Uint8Array(value));
    }
    if (value instanceof Date) return this.#writeDate(value);
    if (value instanceof Blob) {
      throw new MsgpackError("Cannot encode a Blob as msgpack: read it first");
    }
    if ("toJSON" in value && typeof value.toJSON === "function") {
      return this.write(value.toJSON(), depth + 1);
    }
    this.#writeMap(value as Record<string, unknown>, depth); // any other object
  }

  #writeArray(value: readonly unknown[], depth: number): void {
    const { length } = value;
    if (length < 0x10) this.#writeByte(0x90 | length);
    else if (length < 0x10000) this.#writeHead16(0xdc, length);
    else this.#writeHead32(0xdd, length);
    for (let i = 0; i < length; i++) this.write(value[i], depth + 1);
  }

  #writeMap(value: Record<string, unknown>, depth: number): void {
    const keys = Object.keys(value);
    const { length } = keys;
    const head = this.#length;
    if (length < 0x10) this.#writeByte(0x80 | length);
    else if (length < 0x10000) this.#writeHead16(0xde, length);
    else this.#writeHead32(0xdf, length);
    let size = 0;
    for (const key of keys) {
      const each = value[key];
      if (!hasJson(each)) continue;
      size++;
      this.#writeString(key);
      this.write(each, depth + 1);
    }
    if (size === length) return;
    // Counted here, since a getter may think again.
    if (length < 0x10) this.#bytes[head] = 0x80 | size;
    else if (length < 0x10000) this.#view.setUint16(head + 1, size);
    else this.#view.setUint32(head + 1, size);
  }

  #writeBytes(value: Uint8Array): void {
    const { length } = value;
    if (length < 0x100) this.#writeHead8(0xc4, length);
    else if (length < 0x10000) this.#writeHead16(0xc5, length);
    else this.#writeHead32(0xc6, length);
    const at = this.#take(length);
    this.#bytes.set(value, at);
  }

  /** Writes a date as the extension type −1, in the least of its three sizes. */
  #writeDate(date: Date): void {
    const time = date.getTime();
    if (Number.isNaN(time)) return this.#writeByte(0xc0);
    if (this.dates === "notepack") {
      const at = this.#take(10);
      this.#view.setUint16(at, 0xd700);
      this.#view.setInt32(at + 2, Math.floor(time / 0x100000000));
      return this.#view.setUint32(at + 6, time >>> 0);
    }
    const seconds = Math.floor(time / 1_000);
    const nanoseconds = (time - seconds * 1_000) * 1_000_000;
    if (seconds >= 0 && seconds < 0x100000000 && nanoseconds === 0) {
      const at = this.#take(6);
      this.#view.setUint16(at, 0xd6ff);
      this.#view.setUint32(at + 2, seconds);
    } else if (seconds >= 0 && seconds < 0x400000000) {
      const at = this.#take(10);
      this.#view.setUint16(at, 0xd7ff);
      // The seconds have two bits of the first half.
      const high = Math.floor(seconds / 0x100000000);
      this.#view.setUint32(at + 2, nanoseconds * 4 + high);
      this.#view.setUint32(at + 6, seconds >>> 0);
    } else {
      const at = this.#take(15);
      this.#view.setUint16(at, 0xc70c);
      this.#bytes[at + 2] = 0xff;
      this.#view.setUint32(at + 3, nanoseconds);
      this.#view.setInt32(at + 7, Math.floor(seconds / 0x100000000));
      this.#view.setUint32(at + 11, seconds >>> 0);
    }
  }
}

/** How many bytes stand before a string of so many. */
function stringHeadSize(size: number): number {
  if (size < 0x20) return 1;
  if (size < 0x100) return 2;
  return size < 0x10000 ? 3 : 5;
}

/** Whether JSON keeps a field of this value. */
function hasJson(value: unknown): boolean {
  const type = typeof value;
  return type !== "undefined" && type !== "function" && type !== "symbol";
}
