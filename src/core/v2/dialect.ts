import { type Decoder, type Packet, PacketType } from "../../parser/mod.ts";
import type { Dialect } from "../dialect.ts";

/**
 * Revision 4, which clients of Socket.IO 2 speak.
 *
 * They are in the main namespace without asking, and ask for others with parameters
 * in place of credentials. They know their id from the session's.
 */
export const DIALECT_4: Dialect = {
  recovers: false,
  greet(client) {
    // By then the engine knows who hears of the session.
    queueMicrotask(() => client.join("/", {}));
  },
  translate: (decoder) => new OldDecoder(decoder),
  createId: ({ id }, namespace) =>
    namespace === "/" ? id : `${namespace}#${id}`,
  welcome: () => undefined,
  refusal: ({ message, data }) => data || message,
};

/** Moves the parameters of a namespace's name into the credentials. */
class OldDecoder implements Decoder {
  readonly #decoder: Decoder;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  add(frame: string | Uint8Array): Packet | undefined {
    const packet = this.#decoder.add(frame);
    if (packet === undefined) return undefined;
    const mark = packet.nsp.indexOf("?");
    if (mark < 0) return packet;
    const nsp = packet.nsp.slice(0, mark);
    if (packet.type !== PacketType.CONNECT) return { ...packet, nsp };
    const parameters = new URLSearchParams(packet.nsp.slice(mark));
    return { ...packet, nsp, data: Object.fromEntries(parameters) };
  }

  destroy(): void {
    this.#decoder.destroy?.();
  }
}
