import { MAX_DEPTH, MsgpackError } from "./errors.ts";

/** Longer strings are read by the runtime. */
const SHORT_STRING = 24;
/** The extension type of dates. */
const TIMESTAMP = -1;
/** The extension type of what notepack.io 2 adds. */
const NOTEPACK = 0;

// What is not UTF-8 becomes U+FFFD: other implementations write lone surrogates.
const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads msgpack. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #copies: boolean;
  #position = 0;

  /**
   * @param bytes What to read.
   * @param copies Whether bytes in it are copied: otherwise they are views.
   */
  constructor(bytes: Uint8Array, copies: boolean) {
    this.#bytes = bytes;
    const { buffer, byteOffset, byteLength } = bytes;
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#copies = copies;
  }

  /** Skips bytes, if they are the next. Returns whether they were. */
  skip(bytes: Uint8Array): boolean {
    const { length } = bytes;
    const start = this.#position;
    for (let i = 0; i < length; i++) {
      if (this.#bytes[start + i] !== bytes[i]) return false;
    }
    this.#position += length;
    return true;
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.#position === this.#bytes.length) return;
    this.#fail("there are bytes behind the value");
  }

  #fail(problem: string): never {
    throw new MsgpackError(
      `Cannot decode msgpack: ${problem} at byte ${this.#position}`,
    );
  }

  /** Returns where the next `size` bytes are, which are thereby read. */
  #take(size: number): number {
    const start = this.#position;
    if (size > this.#bytes.length - start) this.#fail("it ends too soon");
    this.#position += size;
    return start;
  }

  /** Reads the next value, which is so many levels deep. */
  read(depth: number): unknown {
    const type = this.#bytes[this.#take(1)] as number; // it is there
    if (type < 0x80) return type;
    if (type < 0x90) return this.#readMap(type & 0x0f, depth);
    if (type < 0xa0) return this.#readArray(type & 0x0f, depth);
    if (type < 0xc0) return this.#readString(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#readBytes(this.#readUint8());
      case 0xc5:
        return this.#readBytes(this.#readUint16());
      case 0xc6:
        return this.#readBytes(this.#readUint32());
      case 0xc7:
        return this.#readExtension(this.#readUint8(), false);
      case 0xc8:
        return this.#readExtension(this.#readUint16(), false);
      case 0xc9:
        return this.#readExtension(this.#readUint32(), false);
      case 0xca:
        return this.#view.getFloat32(this.#take(4));
      case 0xcb:
        return this.#view.getFloat64(this.#take(8));
      case 0xcc:
        return this.#readUint8();
      case 0xcd:
        return this.#readUint16();
      case 0xce:
        return this.#readUint32();
      case 0xcf:
        return this.#readUint32() * 0x100000000 + this.#readUint32();
      case 0xd0:
        return this.#view.getInt8(this.#take(1));
      case 0xd1:
        return this.#view.getInt16(this.#take(2));
      case 0xd2:
        return this.#view.getInt32(this.#take(4));
      case 0xd3:
        return this.#view.getInt32(this.#take(4)) * 0x100000000 +
          this.#readUint32();
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#readExtension(1 << (type - 0xd4), true);
      case 0xd9:
        return this.#readString(this.#readUint8());
      case 0xda:
        return this.#readString(this.#readUint16());
      case 0xdb:
        return this.#readString(this.#readUint32());
      case 0xdc:
        return this.#readArray(this.#readUint16(), depth);
      case 0xdd:
        return this.#readArray(this.#readUint32(), depth);
      case 0xde:
        return this.#readMap(this.#readUint16(), depth);
      case 0xdf:
        return this.#readMap(this.#readUint32(), depth);
    }
    return this.#fail(`there is no type 0x${type.toString(16)}`);
  }

  #readUint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #readUint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  #readUint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  #readString(size: number): string {
    const start = this.#take(size);
    if (size < SHORT_STRING) {
      const text = readAscii(this.#bytes, start, start + size);
      if (text !== undefined) return text;
    }
    return textDecoder.decode(this.#bytes.subarray(start, start + size));
  }

  #readBytes(size: number): Uint8Array {
    const start = this.#take(size);
    const { buffer, byteOffset } = this.#bytes;
    const view = new Uint8Array(buffer, byteOffset + start, size);
    return this.#copies ? view.slice() : view;
  }

  /** Checks that there can be `count` more values, before memory is taken for them. */
  #enter(count: number, depth: number): void {
    if (depth >= MAX_DEPTH) this.#fail(`it has more than ${MAX_DEPTH} levels`);
    if (count > this.#bytes.length - this.#position) {
      this.#fail("it ends too soon");
    }
  }

  #readArray(length: number, depth: number): unknown[] {
    this.#enter(length, depth);
    const array: unknown[] = [];
    for (let i = 0; i < length; i++) array.push(this.read(depth + 1));
    return array;
  }

  #readMap(size: number, depth: number): Record<string, unknown> {
    this.#enter(size * 2, depth);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < size; i++) {
      const key = this.read(depth + 1);
      if (typeof key !== "string" && typeof key !== "number") {
        this.#fail("a key is neither text nor a number");
      }
      const value = this.read(depth + 1);
      if (key === "__proto__") {
        const writable = {
          configurable: true,
          enumerable: true,
          writable: true,
        };
        Object.defineProperty(map, key, { value, ...writable });
      } else {
        map[key] = value;
      }
    }
    return map;
  }

  #readExtension(size: number, isFixed: boolean): unknown {
    const type = this.#view.getInt8(this.#take(1));
    if (type === NOTEPACK && !isFixed) return this.#readBytes(size);
    const start = this.#take(size);
    if (type === TIMESTAMP) return this.#readTimestamp(start, size);
    if (type === NOTEPACK && size === 1) return undefined;
    if (type === NOTEPACK && size === 8) {
      return this.#toDate(
        this.#view.getInt32(start) * 0x100000000 +
          this.#view.getUint32(start + 4),
      );
    }
    return this.#fail(`there is no extension type ${type}`);
  }

  #readTimestamp(start: number, size: number): Date {
    const view = this.#view;
    switch (size) {
      case 4:
        return this.#toDate(view.getUint32(start) * 1_000);
      case 8: {
        const first = view.getUint32(start);
        const seconds = (first & 3) * 0x100000000 + view.getUint32(start + 4);
        return this.#toDate(seconds * 1_000, first >>> 2);
      }
      case 12: {
        const seconds = view.getInt32(start + 4) * 0x100000000 +
          view.getUint32(start + 8);
        return this.#toDate(seconds * 1_000, view.getUint32(start));
      }
    }
    return this.#fail(`there is no date of ${size} bytes`);
  }

  /** Applications are spared an invalid date, whose `toISOString()` throws. */
  #toDate(time: number, nanoseconds = 0): Date {
    const date = new Date(time + nanoseconds / 1_000_000);
    if (nanoseconds >= 1_000_000_000 || Number.isNaN(date.getTime())) {
      this.#fail("there is no such date");
    }
    return date;
  }
}

/**
 * Reads a short text, eight characters at a time: each part of a text that is put
 * together costs more than its characters.
 *
 * @returns The text, or nothing if it is not all ASCII.
 */
function readAscii(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  let text = "";
  let i = start;
  for (; i + 8 <= end; i += 8) {
    // All of them are there: decoding has checked that.
    const a = bytes[i]!, b = bytes[i + 1]!, c = bytes[i + 2]!;
    const d = bytes[i + 3]!, e = bytes[i + 4]!, f = bytes[i + 5]!;
    const g = bytes[i + 6]!, h = bytes[i + 7]!;
    if ((a | b | c | d | e | f | g | h) >= 0x80) return undefined;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; i < end; i++) {
    const code = bytes[i]!;
    if (code >= 0x80) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}
