import {
  decodePayload,
  encodePayload,
  type Packet,
} from "../engine_parser/mod.ts";
import { SEPARATOR } from "../engine_parser/payload.ts";
import { ConnectError } from "./errors.ts";
import { countHandedOver } from "./lane.ts";
import { type Dial, type Link, type LinkOwner, readRefusal } from "./link.ts";

/** HTTP long-polling whose both ends are in this process. */
export class PollingLink implements Link {
  #state: "opening" | "open" | "silent" | "over" = "opening";
  readonly #owner: LinkOwner;
  #dial: Dial | undefined;
  #sid = "";
  #maxPayload = Infinity;
  #response: Response | undefined;
  /** Groups of packets that wait for a POST. */
  #queue: (readonly Packet[])[] = [];
  /** Settles when no POST is under way. */
  #posted: Promise<unknown> = Promise.resolve();
  #isFlushing = false;
  /** Resolves when the client reads again, while it does not. */
  #pause: PromiseWithResolvers<void> | undefined;
  /** Reads the answer of the GET that is under way. */
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(owner: LinkOwner) {
    this.#owner = owner;
  }

  get response(): Response | undefined {
    return this.#response;
  }

  async open(dial: Dial): Promise<void> {
    this.#dial = dial;
    const response = await dial({ transport: "polling" });
    if (!response.ok) throw await readRefusal(response);
    const packets = this.#readOpening(await response.text());
    if (this.#state !== "opening") return void this.#post([{ type: "close" }]);
    this.#state = "open";
    this.#response = response;
    for (const packet of packets) this.#onPacket(packet);
    void this.#poll();
  }

  /** Reads the answer to a handshake, which begins with an open packet. */
  #readOpening(payload: string): Packet[] {
    try {
      const packets = [...decodePayload(payload)];
      const { sid, maxPayload } = JSON.parse(String(packets[0]?.data)) as {
        sid: string;
        maxPayload: number; // what the protocol says of it
      };
      this.#sid = sid;
      this.#maxPayload = maxPayload;
      return packets;
    } catch (cause) {
      throw new ConnectError("Cannot connect: the answer is no open packet", {
        cause,
      });
    }
  }

  /** Asks for packets as long as the session is open. */
  async #poll(): Promise<void> {
    while (this.#state === "open") {
      await this.#pause?.promise;
      const response = await this.#request("GET");
      const payload = await this.#read(response);
      await this.#pause?.promise;
      if (this.#state !== "open") return;
      if (!response.ok) return this.#fail();
      for (const packet of decodePayload(payload)) this.#onPacket(packet);
    }
  }

  /** Reads an answer, or as much of it as there is when the connection is dropped. */
  async #read({ body }: Response): Promise<string> {
    if (body === null) return "";
    const reader = this.#reader = body.getReader();
    if (this.#state === "over") await reader.cancel();
    const decoder = new TextDecoder();
    let text = "";
    for (
      let { value, done } = await reader.read();
      !done;
      { value, done } = await reader.read()
    ) {
      text += decoder.decode(value, { stream: true });
    }
    this.#reader = undefined;
    return text;
  }

  #onPacket(packet: Packet): void {
    countHandedOver();
    if (this.#state !== "open") return;
    if (packet.type !== "close") return this.#owner.onPacket(packet);
    this.#state = "over";
    this.#owner.onEnd("transport close");
  }

  #fail(): void {
    if (this.#state !== "open") return;
    this.#state = "over";
    this.#owner.onEnd("transport error");
  }

  send(packets: readonly Packet[]): void {
    if (this.#state !== "open") return;
    this.#queue.push(packets.map(copy));
    if (!this.#isFlushing) void this.#flush();
  }

  /** Sends what waits, as much at once as the server takes. */
  async #flush(): Promise<void> {
    this.#isFlushing = true;
    await this.#posted; // all of one turn leaves together
    while (this.#state === "open" && this.#queue.length > 0) {
      const { ok } = await this.#post(this.#takeBatch());
      if (!ok) this.#fail();
    }
    this.#isFlushing = false;
  }

  #takeBatch(): Packet[] {
    const lengths = this.#queue.map((packets) => encodePayload(packets).length);
    let count = 1;
    let length = lengths[0] ?? 0;
    while (count < lengths.length) {
      length += SEPARATOR.length + (lengths[count] ?? 0);
      if (length > this.#maxPayload) break;
      count++;
    }
    return this.#queue.splice(0, count).flat();
  }

  #post(packets: readonly Packet[]): Promise<Response> {
    countHandedOver();
    const posted = this.#request("POST", encodePayload(packets));
    this.#posted = posted;
    return posted;
  }

  /** Sends a request of the session. A handler that fails is a server that answers 500. */
  async #request(method: string, body?: string): Promise<Response> {
    const query = { transport: "polling", sid: this.#sid };
    const init = body === undefined ? { method } : {
      method,
      body,
      headers: {
        "content-type": "text/plain;charset=UTF-8",
        "content-length": String(new TextEncoder().encode(body).length),
      },
    };
    try {
      return await this.#dial?.(query, init) ?? Response.error();
    } catch (error) {
      reportError(error);
      return new Response(null, { status: 500 });
    }
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  async close(): Promise<void> {
    if (this.#state !== "open") {
      if (this.#state === "opening") this.#state = "over";
      return;
    }
    this.#state = "over";
    this.resume();
    await this.#posted;
    await this.#post([...this.#queue.flat(), { type: "close" }]);
  }

  drop(isSilent: boolean): void {
    this.#state = isSilent ? "silent" : "over";
    if (!isSilent) void this.#reader?.cancel();
    this.resume();
  }
}

/** The bytes of a message are its sender's, who may change them. */
function copy(packet: Packet): Packet {
  return packet.data instanceof Uint8Array
    ? { ...packet, data: packet.data.slice() }
    : packet;
}
