import { Reader } from "./reader.ts";
import { giveBack, takeWriter } from "./writer.ts";

/**
 * Messages of which most is always the same: it is encoded once.
 *
 * They share memory, which stays as long as any of them is used. So they are for what
 * is soon forgotten.
 */
export class MsgpackTemplate {
  readonly #depth: number;
  readonly #parts: readonly Uint8Array[];

  /**
   * @param depth How many levels the values are deep in the message.
   * @param parts What is before, between and behind the values, as msgpack.
   */
  constructor(depth: number, ...parts: readonly Uint8Array[]) {
    this.#depth = depth;
    this.#parts = parts;
  }

  /**
   * Encodes a message.
   *
   * @param values What is between the parts: one less than there are of them.
   * @throws {MsgpackError} If one of them cannot be encoded.
   */
  encode(values: readonly unknown[]): Uint8Array<ArrayBuffer> {
    const writer = takeWriter("timestamp");
    try {
      for (let i = 0; i < this.#parts.length; i++) {
        if (i > 0) writer.write(values[i - 1], this.#depth);
        writer.writeEncoded(this.#parts[i]!); // it is there
      }
      return writer.takeShared();
    } finally {
      giveBack(writer);
    }
  }

  /**
   * Decodes a message, if it is one of these.
   *
   * @param bytes The message.
   * @returns The values, in which bytes are copies.
   * @throws {MsgpackError} If one of them is not valid.
   */
  decode(bytes: Uint8Array): unknown[] | undefined {
    const reader = new Reader(bytes, true);
    const values: unknown[] = [];
    for (let i = 0; i < this.#parts.length; i++) {
      if (i > 0) values.push(reader.read(this.#depth));
      if (!reader.skip(this.#parts[i]!)) return; // it is there
    }
    reader.end();
    return values;
  }
}
