/**
 * Plain HTTP and WebSocket in the words of Engine.IO, without any of the
 * project's own code: what a client puts on the wire, and what it gets.
 *
 * @module
 */

import { within } from "./within.ts";
import { RawConnection } from "./wire_raw.ts";

export { DEADLINE, within } from "./within.ts";
export { WireSocket } from "./wire_socket.ts";
export {
  encodeFrame,
  RawConnection,
  requestUpgrade,
  resetUpgrade,
  UPGRADE_HEADERS,
} from "./wire_raw.ts";

/** What joins the packets of a polling payload. */
export const SEPARATOR = "\x1e";

/** The JSON of an open packet. */
export interface OpenPacket {
  sid: string;
  upgrades: string[];
  pingInterval: number;
  pingTimeout: number;
  maxPayload: number;
}

/** An HTTP response, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/**
 * The URL of an Engine.IO request.
 *
 * @param base The server's URL.
 * @param query Parameters; `EIO` is 4 unless given, `undefined` leaves one out.
 */
export function endpoint(
  base: string,
  query: Record<string, string | undefined> = {},
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ EIO: "4", ...query })) {
    if (value !== undefined) parameters.set(name, value);
  }
  return `${base}?${parameters}`;
}

/** What a request is made of; `client` is the pool that its connection is from. */
export type Init = RequestInit & { client?: Deno.HttpClient };

/** Sends one HTTP request and reads the whole response. */
export function request(url: string, init: Init = {}): Promise<Answer> {
  const answer = async () => {
    const response = await fetch(url, init);
    const { status, headers } = response;
    return { status, headers, body: await response.text() };
  };
  return within(answer(), `the response to ${init.method ?? "GET"} ${url}`);
}

/** Reads an open packet. */
export function parseOpen(packet: unknown): OpenPacket {
  if (typeof packet !== "string" || !packet.startsWith("0{")) {
    throw new Error(`Cannot read the handshake: got ${JSON.stringify(packet)}`);
  }
  return JSON.parse(packet.slice(1)) as OpenPacket; // its keys are what a case checks
}

/** A poll that the server holds. */
export interface HeldPoll {
  /** How it ends. */
  answer: Promise<{ status: number; body: string }>;
  /** Drops its connection. */
  abort(): void;
}

/** A session over HTTP long-polling. */
export class PollingSession implements AsyncDisposable {
  readonly base: string;
  readonly open: OpenPacket;
  readonly #abort = new AbortController();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #connections: RawConnection[] = [];
  /** Packets that `receive()` has not handed out yet. */
  readonly #packets: string[] = [];

  private constructor(base: string, open: OpenPacket) {
    this.base = base;
    this.open = open;
  }

  /** Makes the handshake. */
  static async start(base: string): Promise<PollingSession> {
    const { body } = await request(endpoint(base, { transport: "polling" }));
    return new PollingSession(base, parseOpen(body));
  }

  get sid(): string {
    return this.open.sid;
  }

  /** The URL of this session's requests. */
  url(query: Record<string, string | undefined> = {}): string {
    return endpoint(this.base, {
      transport: "polling",
      sid: this.open.sid,
      ...query,
    });
  }

  get(): Promise<Answer> {
    return this.#request({});
  }

  post(body: BodyInit, init: Init = {}): Promise<Answer> {
    return this.#request({ method: "POST", body, ...init });
  }

  /** Polls, and returns when the server has seen it. Nothing may wait to be polled. */
  async hold(): Promise<HeldPoll> {
    const connection = await RawConnection.connect(this.base);
    this.#connections.push(connection);
    // Pongs change nothing. One shows that the server has accepted the connection,
    // so that the poll is read at once, and one that it has been read.
    await connection.writeHead("POST", this.url(), [["Content-Length", "1"]]);
    await connection.write("3");
    await connection.readResponse();
    await connection.writeHead("GET", this.url());
    await this.post("3");
    const answer = connection.readResponse();
    this.#track(answer);
    return { answer, abort: () => connection.close() };
  }

  /** Polls until there is a packet other than a noop, and returns it. */
  async receive(): Promise<string> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined && packet !== "6") return packet;
      if (packet !== undefined) continue;
      const { status, body } = await this.get();
      if (status !== 200) {
        throw new Error(`Cannot poll: status ${status}, body ${body}`);
      }
      this.#packets.push(...body.split(SEPARATOR));
    }
  }

  /** Receives so many packets. */
  async receiveMany(count: number): Promise<string[]> {
    const packets: string[] = [];
    while (packets.length < count) packets.push(await this.receive());
    return packets;
  }

  /** Goes away: held requests are aborted. */
  abort(): void {
    this.#abort.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await request(this.url(), { method: "POST", body: "1" }).catch(() => {});
    this.abort();
    for (const connection of this.#connections) connection.close();
    await Promise.allSettled(this.#pending);
  }

  #request(init: Init): Promise<Answer> {
    const answer = request(this.url(), {
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
