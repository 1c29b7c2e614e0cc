import net from "node:net";
import { within } from "./within.ts";

/** A response as it came, and the connection it came over. */
export interface RawAnswer {
  status: number;
  /** By lower-case name; where one was repeated, the last. */
  headers: Map<string, string>;
  body: string;
}

/** One WebSocket frame. */
export interface Frame {
  opcode: number;
  payload: Uint8Array;
}

/** A TCP connection on which a case writes whatever it likes. */
export class RawConnection implements Disposable {
  readonly #tcp: Deno.TcpConn;
  #buffer: Uint8Array = new Uint8Array();
  #closed = false;

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
  }

  static async connect(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const tcp = await Deno.connect({ hostname, port: Number(port) });
    return new RawConnection(tcp);
  }

  /** Writes it all, unless the other side is gone. */
  async write(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
    while (rest.length > 0) rest = rest.subarray(await this.#tcp.write(rest));
  }

  /** Writes the head of an HTTP request. */
  writeHead(
    method: string,
    url: string,
    headers: readonly (readonly [string, string])[] = [],
  ): Promise<void> {
    const { host, pathname, search } = new URL(url);
    const lines = [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`];
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
    return this.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Reads a response: its body as far as `Content-Length` or the end of the connection. */
  async readResponse(): Promise<RawAnswer> {
    let head: string | undefined;
    while (head === undefined) {
      const text = latin1(this.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        head = text.slice(0, end);
        this.#buffer = this.#buffer.subarray(end + 4);
      } else if (!await this.#fill()) {
        throw new Error(
          `Cannot read a response: the connection ended after "${text}"`,
        );
      }
    }
    const [start = "", ...lines] = head.split("\r\n");
    const headers = new Map(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const status = Number(start.split(" ")[1]);
    if (status < 200 || status === 204) return { status, headers, body: "" };
    const body = headers.get("transfer-encoding") === "chunked"
      ? await this.#readChunks()
      : await this.#read(Number(headers.get("content-length") ?? Infinity));
    return { status, headers, body: new TextDecoder().decode(body) };
  }

  /** Reads a frame, or `undefined` at the end of the connection. */
  async readFrame(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#takeFrame();
      if (frame !== undefined) return frame;
      if (!await this.#fill()) return undefined;
    }
  }

  /** Reads frames until a close frame, whose code it returns, or the end. */
  async readClose(): Promise<number | undefined> {
    for (;;) {
      const frame = await this.readFrame();
      if (frame === undefined) return undefined;
      if (frame.opcode !== 8) continue;
      const [high = 0, low = 0] = frame.payload;
      return (high << 8) | low;
    }
  }

  /** Ends the connection at once, whatever is unread or unanswered. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tcp.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads so many bytes, or fewer where the connection ends. */
  async #read(length: number): Promise<Uint8Array> {
    while (this.#buffer.length < length && await this.#fill());
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(bytes.length);
    return bytes;
  }

  async #readChunks(): Promise<Uint8Array> {
    const body: number[] = [];
    for (;;) {
      let end: number;
      while ((end = this.#buffer.indexOf(0x0a)) < 0) {
        if (!await this.#fill()) {
          throw new Error("Cannot read a chunk: no more bytes");
        }
      }
      const size = parseInt(latin1(await this.#read(end + 1)), 16);
      const chunk = await this.#read(size + 2); // with its line break
      if (size === 0) return Uint8Array.from(body);
      body.push(...chunk.subarray(0, size));
    }
  }

  /** Reads more; `false` at the end of the connection. */
  async #fill(): Promise<boolean> {
    const chunk = new Uint8Array(65_536);
    let count: number | null;
    try {
      count = await within(this.#tcp.read(chunk), "bytes of a raw connection");
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      count = null;
    }
    if (count === null) return false;
    const joined = new Uint8Array(this.#buffer.length + count);
    joined.set(this.#buffer);
    joined.set(chunk.subarray(0, count), this.#buffer.length);
    this.#buffer = joined;
    return true;
  }

  #takeFrame(): Frame | undefined {
    const [first, second] = this.#buffer;
    if (first === undefined || second === undefined) return undefined;
    const view = new DataView(
      this.#buffer.buffer,
      this.#buffer.byteOffset,
      this.#buffer.byteLength,
    );
    let start = 2;
    let length = second & 0x7f; // a server does not mask
    if (length === 126) {
      if (view.byteLength < 4) return undefined;
      length = view.getUint16(2);
      start = 4;
    } else if (length === 127) {
      if (view.byteLength < 10) return undefined;
      length = Number(view.getBigUint64(2));
      start = 10;
    }
    if (view.byteLength < start + length) return undefined;
    const payload = this.#buffer.slice(start, start + length);
    this.#buffer = this.#buffer.subarray(start + length);
    return { opcode: first & 0x0f, payload };
  }
}

/** Asks for a WebSocket by hand, on a connection of its own. */
export async function requestUpgrade(
  url: string,
  headers: readonly (readonly [string, string])[] = [],
): Promise<RawAnswer & { connection: RawConnection }> {
  const connection = await RawConnection.connect(url);
  try {
    await connection.writeHead("GET", url, [...UPGRADE_HEADERS, ...headers]);
    return { ...await connection.readResponse(), connection };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Asks for a WebSocket, and resets the connection before or behind the answer. */
export async function resetUpgrade(
  url: string,
  headers: readonly (readonly [string, string])[],
  waits: boolean,
): Promise<void> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const socket = net.connect(Number(port), hostname);
  socket.on("error", () => {}); // the other side may be first
  await within(
    new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      if (waits) socket.once("data", () => resolve());
      socket.write(`${lines.join("\r\n")}\r\n\r\n`, () => {
        if (!waits) resolve();
      });
    }),
    "an upgrade request",
  );
  await within(
    new Promise<void>((resolve) => {
      if (socket.closed) resolve();
      socket.once("close", () => resolve());
      resetConnection(socket);
    }),
    "the reset of a connection",
  );
}

/** Resets a connection, or ends it at once where Deno cannot do that, before 2.8. */
export function resetConnection(socket: net.Socket): void {
  if (socket.resetAndDestroy) socket.resetAndDestroy();
  else socket.destroy(); // by which the system resets it if anything was unread
}

/** The headers that ask for a WebSocket. */
export const UPGRADE_HEADERS: readonly (readonly [string, string])[] = [
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA=="],
];

/** Makes a masked frame. */
export function encodeFrame(
  opcode: number,
  payload: string | Uint8Array = "",
  { fin = true, reserved = 0 }: { fin?: boolean; reserved?: number } = {},
): Uint8Array {
  const data = typeof payload === "string"
    ? new TextEncoder().encode(payload)
    : payload;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = data.length < 126
    ? [first, 0x80 | data.length]
    : data.length < 65_536
    ? [first, 0xfe, data.length >> 8, data.length & 0xff]
    : [first, 0xff, 0, 0, 0, 0, ...uint32(data.length)];
  const mask = [1, 2, 3, 4];
  const frame = new Uint8Array(head.length + 4 + data.length);
  frame.set([...head, ...mask]);
  for (let i = 0; i < data.length; i++) {
    frame[head.length + 4 + i] = data[i]! ^ mask[i % 4]!; // both are within bounds
  }
  return frame;
}

function uint32(value: number): number[] {
  return [
    value >>> 24,
    (value >>> 16) & 0xff,
    (value >>> 8) & 0xff,
    value & 0xff,
  ];
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
