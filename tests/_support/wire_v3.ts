/**
 * What clients of revision 3 of Engine.IO put on the wire, again without any of the
 * project's own code.
 *
 * @module
 */

import {
  type Answer,
  endpoint,
  type OpenPacket,
  parseOpen,
  RawConnection,
  within,
} from "./wire.ts";

/** A packet as it is on the wire: text, or bytes behind their type. */
export type OldPacket = string | Uint8Array<ArrayBuffer>;

/** Writes a payload of text. */
export function textPayload(...packets: string[]): string {
  return packets.map((packet) => `${packet.length}:${packet}`).join("");
}

/** Writes a payload of bytes, text in it as UTF-8. */
export function bytesPayload(
  ...packets: OldPacket[]
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(packets.flatMap((packet) => {
    const content = typeof packet === "string"
      ? new TextEncoder().encode(packet)
      : packet;
    const digits = [...String(content.length)].map(Number);
    return [typeof packet === "string" ? 0 : 1, ...digits, 255, ...content];
  }));
}

/** Reads a payload of either kind. */
export function readPayload(body: OldPacket): OldPacket[] {
  const packets: OldPacket[] = [];
  for (let at = 0; at < body.length;) {
    if (typeof body === "string") {
      const colon = body.indexOf(":", at);
      const length = Number(body.slice(at, colon));
      at = colon + 1 + length;
      packets.push(body.slice(colon + 1, at));
    } else {
      const end = body.indexOf(255, at);
      const length = Number(body.slice(at + 1, end).join(""));
      const content = body.slice(end + 1, end + 1 + length);
      packets.push(
        body[at] === 0 ? new TextDecoder().decode(content) : content,
      );
      at = end + 1 + length;
    }
  }
  return packets;
}

/** An answer whose body may be bytes. */
export type OldAnswer = Omit<Answer, "body"> & { body: OldPacket };

/** Sends one HTTP request and reads the whole response. */
export function requestAny(
  url: string,
  init: RequestInit = {},
): Promise<OldAnswer> {
  const answer = async () => {
    const response = await fetch(url, init);
    const { status, headers } = response;
    const isBytes = headers.get("content-type") === "application/octet-stream";
    const body = await (isBytes ? response.bytes() : response.text());
    return { status, headers, body };
  };
  return within(answer(), `the response to ${init.method ?? "GET"} ${url}`);
}

/** A session of revision 3 over HTTP long-polling. */
export class OldSession implements AsyncDisposable {
  readonly base: string;
  readonly open: OpenPacket;
  readonly #abort = new AbortController();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #connections: RawConnection[] = [];
  readonly #packets: OldPacket[] = [];

  private constructor(base: string, open: OpenPacket) {
    this.base = base;
    this.open = open;
  }

  /** Makes the handshake. */
  static async start(
    base: string,
    query: Record<string, string> = {},
  ): Promise<OldSession> {
    const { body } = await requestAny(
      endpoint(base, { EIO: "3", transport: "polling", ...query }),
    );
    const [open, ...more] = readPayload(body);
    const session = new OldSession(base, parseOpen(open));
    session.#packets.push(...more);
    return session;
  }

  get sid(): string {
    return this.open.sid;
  }

  /** The URL of this session's requests. */
  url(query: Record<string, string | undefined> = {}): string {
    return endpoint(this.base, {
      EIO: "3",
      transport: "polling",
      sid: this.open.sid,
      ...query,
    });
  }

  get(): Promise<OldAnswer> {
    return this.#request({});
  }

  /** Posts a body: text, or bytes as such. */
  post(body: OldPacket): Promise<OldAnswer> {
    const type = typeof body === "string"
      ? "text/plain;charset=UTF-8"
      : "application/octet-stream";
    return this.#request({
      method: "POST",
      body,
      headers: { "content-type": type },
    });
  }

  /** Posts packets as a payload of text. */
  send(...packets: string[]): Promise<OldAnswer> {
    return this.post(textPayload(...packets));
  }

  /**
   * Polls, and returns when the server has seen it. Nothing may wait to be polled.
   *
   * @returns The answer to come, which must be text.
   */
  async hold(): Promise<{ answer: Promise<{ status: number; body: string }> }> {
    const connection = await RawConnection.connect(this.base);
    this.#connections.push(connection);
    // A payload of no packet changes nothing. One shows that the server has accepted
    // the connection, so that the poll is read at once, and one that it has been read.
    const nothing = textPayload("");
    await connection.writeHead("POST", this.url(), [["Content-Length", "2"]]);
    await connection.write(nothing);
    await connection.readResponse();
    await connection.writeHead("GET", this.url());
    await this.post(nothing);
    const answer = connection.readResponse();
    this.#track(answer);
    return { answer };
  }

  /** Polls until there is a packet other than a noop, and returns it. */
  async receive(): Promise<OldPacket> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined && packet !== "6") return packet;
      if (packet !== undefined) continue;
      const { status, body } = await this.get();
      if (status !== 200) {
        throw new Error(`Cannot poll: status ${status}, body ${body}`);
      }
      this.#packets.push(...readPayload(body));
    }
  }

  /** Receives so many packets. */
  async receiveMany(count: number): Promise<OldPacket[]> {
    const packets: OldPacket[] = [];
    while (packets.length < count) packets.push(await this.receive());
    return packets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.send("1").catch(() => {});
    this.#abort.abort();
    for (const connection of this.#connections) connection.close();
    await Promise.allSettled(this.#pending);
  }

  #request(init: RequestInit): Promise<OldAnswer> {
    const answer = requestAny(this.url(), {
      signal: this.#abort.signal,
      ...init,
    });
    this.#track(answer);
    return answer;
  }

  /** A case may leave a poll held: its end is awaited when the session is disposed of. */
  #track(answer: Promise<unknown>): void {
    const settled = answer.then(() => {}, () => {});
    this.#pending.add(settled);
    settled.then(() => this.#pending.delete(settled));
  }
}
