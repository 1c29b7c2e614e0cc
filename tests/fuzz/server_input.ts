import { encodeFrame, UPGRADE_HEADERS } from "../_support/wire.ts";
import type { Random } from "../_support/random.ts";

/** Milliseconds that a connection waits for an answer which may never come. */
const PATIENCE = 20;

/** Does something on a connection of its own, then drops it. */
export async function randomConnection(
  random: Random,
  port: number,
): Promise<void> {
  const kind = random.below(4);
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  const manner = random.pick(random.oneIn(2) ? MANNERS : MANNERS.slice(0, 1));
  const connection = new Connection(tcp, manner);
  try {
    if (kind === 0) await sendRequests(random, connection);
    else if (kind === 1) await sendPolls(random, connection);
    else if (kind === 2) await sendFrames(random, connection, "");
    else await upgrade(random, connection, port);
  } finally {
    connection.close();
  }
}

/** How a client writes its requests. */
interface Manner {
  /** The parameters that tell of it. */
  readonly query: string;
  /** What the body of a POST is, if that is said. */
  readonly type?: string;
  /** Makes the body of a POST. */
  join(packets: readonly string[], random: Random): string;
}

const OLD: Manner = {
  query: "EIO=3",
  join: (packets) =>
    packets.map((packet) => `${packet.length}:${packet}`).join(""),
};

const MANNERS: readonly Manner[] = [
  {
    query: "EIO=4",
    join: (packets, random) =>
      packets.join(random.oneIn(12) ? "\x1e\x1e" : "\x1e"),
  },
  {
    query: "EIO=4&j=0",
    join: (packets) => `d=${encodeURIComponent(packets.join("\x1e"))}`,
  },
  OLD,
  { ...OLD, query: "EIO=3&b64=1" },
  {
    query: "EIO=3&b64=1&j=1",
    join: (...args) => `d=${encodeURIComponent(OLD.join(...args))}`,
  },
  {
    query: "EIO=3",
    type: "application/octet-stream",
    join: (packets) =>
      packets.map((packet) => {
        const digits = [...String(packet.length)].map(Number);
        const head = [packet.startsWith("\x04") ? 1 : 0, ...digits, 255];
        return String.fromCharCode(...head) + packet;
      }).join(""),
  },
];

/** A connection whose other side may go away at any time. */
class Connection {
  readonly manner: Manner;
  readonly #tcp: Deno.TcpConn;
  #reading: Promise<string> | undefined;
  /** The number of an event that the server wants to be acknowledged. */
  ackId = -1;
  #closed = false;

  constructor(tcp: Deno.TcpConn, manner: Manner) {
    this.#tcp = tcp;
    this.manner = manner;
  }

  /** Returns whether all was written. */
  async write(data: string | Uint8Array): Promise<boolean> {
    let rest = typeof data === "string" ? toLatin1(data) : data;
    try {
      while (rest.length > 0) rest = rest.subarray(await this.#tcp.write(rest));
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  /** Reads what comes first; nothing at the end, or when none comes for a while. */
  async read(): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(""), PATIENCE);
    });
    // Who came too late for the last one gets it now.
    this.#reading ??= this.#read();
    try {
      return await Promise.race([this.#reading, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<string> {
    const buffer = new Uint8Array(4_096);
    try {
      const count = await this.#tcp.read(buffer) ?? 0;
      const text = new TextDecoder("latin1").decode(buffer.subarray(0, count));
      const id = /42(\d+)\["question"\]/.exec(text)?.[1];
      if (id !== undefined) this.ackId = Number(id);
      return text;
    } catch (error) {
      if (isGone(error)) return "";
      throw error;
    } finally {
      this.#reading = undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tcp.close();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}

/** Text as bytes: one each below 256, UTF-8 for the rest. */
function toLatin1(text: string): Uint8Array {
  return Uint8Array.from(
    text,
    (character) => character.charCodeAt(0) & 0xff,
  );
}

const METHODS = ["GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "TRACE"];
const ODD_METHODS = ["CONNECT", "get", "PRI", "", "G\0T"];
const TARGETS = [
  "/socket.io",
  "//socket.io/",
  "/socket.io/../socket.io/",
  "/socket.io/%00",
  "/other",
  "*",
  "http://evil.example/socket.io/",
  "socket.io/",
];
const QUERY = [
  "EIO=4",
  "EIO=3",
  "EIO=",
  "EIO=4&EIO=3",
  "transport=polling",
  "transport=websocket",
  "transport=webtransport",
  "transport=__proto__",
  "transport=constructor",
  "sid=__proto__",
  "sid=constructor",
  "sid=",
  "sid=%",
  "sid=%ff%00",
  "t=abc",
  "b64=1",
  "j=0",
  "j=alert(1)",
  "%",
  "&&",
  "=",
  "a[]=1",
];
const HEADERS = [
  "Upgrade: websocket",
  "Upgrade: h2c",
  "Upgrade: websocket, h2c",
  "Connection: Upgrade",
  "Connection: close",
  "Connection: keep-alive, Upgrade",
  "HTTP2-Settings: AAMAAABkAAQAAP__",
  "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==",
  "Sec-WebSocket-Key: x",
  "Sec-WebSocket-Key:",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Version: 8",
  "Sec-WebSocket-Protocol: a, b",
  "Sec-WebSocket-Protocol: ,",
  "Sec-WebSocket-Protocol: \x80\xff",
  "Sec-WebSocket-Protocol: a b",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  "Sec-WebSocket-Extensions: permessage-deflate; x=99999999999",
  "Content-Length: 0",
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 1, 2",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Content-Type: application/octet-stream",
  "Content-Type: text/plain;charset=UTF-8",
  "Content-Encoding: gzip",
  "Expect: 100-continue",
  "Accept-Encoding: gzip;q=0.x, br;q=0, *",
  "Origin: http://a.example",
  "Origin: \xff\xfe",
  "Origin: null",
  "Access-Control-Request-Method: POST",
  "Access-Control-Request-Headers: a,\xe9",
  "X-Forwarded-For: , ,1.1.1.1, unknown",
  "X-Forwarded-Proto: https, \x80",
  "Cookie: io=__proto__; a",
  "Range: bytes=0-",
  "Authorization: Basic \xff",
  "Host: a b",
  "Host: [::1",
  "Host:",
  "X: " + "x".repeat(9_000),
];
const PATCHES = [
  "\r\n",
  "\n",
  "\r\n\r\n",
  ":",
  " ",
  "\0",
  "\xff",
  "HTTP/1.0",
  "HTTP/2.0",
  "?",
  "%",
  ";",
  "\t",
  "0\r\n\r\n",
  "ffffffffff\r\n",
];

interface RequestParts {
  method: string;
  target: string;
  headers: readonly string[];
  body?: string;
}

function head({ method, target, headers, body = "" }: RequestParts): string {
  return [
    `${method} ${target} HTTP/1.1`,
    "Host: localhost",
    ...headers,
    "",
    body,
  ].join("\r\n");
}

/** The target of a request in the words of the protocol. */
function target({ query }: Manner, transport: string, sid = ""): string {
  const session = sid === "" ? "" : `&sid=${sid}`;
  return `/socket.io/?${query}&transport=${transport}${session}`;
}

/** Requests which are wrong in one way or another. */
async function sendRequests(
  random: Random,
  connection: Connection,
): Promise<void> {
  for (let left = 1 + random.below(3); left > 0; left--) {
    const body = random.oneIn(2)
      ? randomBody(random, random.pick(MANNERS))
      : "";
    const length = random.oneIn(4)
      ? []
      : [`Content-Length: ${toLatin1(body).length}`];
    const query = random.list(4, () => random.pick(QUERY)).join("&");
    let request = head({
      method: random.pick(random.oneIn(6) ? ODD_METHODS : METHODS),
      target: random.oneIn(5) ? random.pick(TARGETS) : `/socket.io/?${query}`,
      headers: [...length, ...random.list(4, () => random.pick(HEADERS))],
      body,
    });
    if (random.oneIn(2)) request = random.mutate(request, PATCHES);
    if (random.oneIn(8)) request = random.text(60);
    if (!await connection.write(request)) return;
    if (random.oneIn(2)) await connection.read();
  }
}

/** Opens a session over long-polling. */
async function openSession(connection: Connection): Promise<string> {
  await connection.write(
    head({
      method: "GET",
      target: target(connection.manner, "polling"),
      headers: [],
    }),
  );
  return /"sid\\?":\\?"([^"\\]+)/.exec(await connection.read())?.[1] ?? "";
}

/** A session over long-polling, by a client that keeps few rules. */
async function sendPolls(
  random: Random,
  connection: Connection,
): Promise<void> {
  const { manner } = connection;
  const sid = await openSession(connection);
  for (let left = 1 + random.below(5); left > 0; left--) {
    const body = randomBody(random, manner, connection.ackId);
    const length = toLatin1(body).length + random.pick([0, 0, 0, 0, 1, -1]);
    const parts: RequestParts = random.oneIn(3)
      ? { method: "GET", target: target(manner, "polling", sid), headers: [] }
      : {
        method: "POST",
        target: target(manner, "polling", sid),
        headers: random.oneIn(5)
          ? ["Transfer-Encoding: chunked"]
          : [`Content-Length: ${Math.max(0, length)}`],
        body: random.oneIn(5)
          ? random.mutate(toChunks(random, body), PATCHES)
          : body,
      };
    const headers = [
      ...parts.headers,
      ...manner.type === undefined ? [] : [`Content-Type: ${manner.type}`],
      ...random.list(1, () => random.pick(HEADERS)),
    ];
    if (!await connection.write(head({ ...parts, headers }))) return;
    if (!random.oneIn(4)) await connection.read();
  }
}

function toChunks(random: Random, body: string): string {
  const chunks = random.cut(toLatin1(body)).map((chunk) =>
    `${chunk.length.toString(16)}\r\n${
      new TextDecoder("latin1").decode(chunk)
    }\r\n`
  );
  return chunks.join("") + "0\r\n\r\n";
}

/** Opens a WebSocket and sends frames which are wrong in one way or another. */
async function sendFrames(
  random: Random,
  connection: Connection,
  sid: string,
): Promise<void> {
  const headers = UPGRADE_HEADERS.map((header) => header.join(": "));
  if (random.oneIn(6)) headers.push(random.pick(HEADERS));
  let request = head({
    method: "GET",
    target: target(connection.manner, "websocket", sid),
    headers,
  });
  if (random.oneIn(12)) request = random.mutate(request, PATCHES);
  // Some frames leave before the answer is there.
  if (random.oneIn(6)) {
    request += new TextDecoder("latin1").decode(
      randomFrame(random, connection.ackId),
    );
  }
  if (!await connection.write(request)) return;
  if (random.oneIn(8)) return;
  await connection.read();
  if (sid === "" && !random.oneIn(4)) {
    await connection.write(encodeFrame(1, "40"));
    for (let left = 3; left > 0 && connection.ackId === -1; left--) {
      await connection.read();
    }
  }
  for (let left = random.below(12); left > 0; left--) {
    if (!await connection.write(randomFrame(random, connection.ackId))) return;
    if (random.oneIn(4)) await connection.read();
  }
  if (random.oneIn(2)) await connection.read();
}

function randomFrame(random: Random, ackId: number): Uint8Array {
  const text = randomPacket(random, ackId);
  switch (random.below(14)) {
    case 0:
      return random.mutateBytes(encodeFrame(1, text));
    case 1:
      return random.bytes(20);
    case 2:
      return encodeFrame(random.below(16), random.bytes(130));
    case 3:
      return encodeFrame(1, text, { reserved: 1 + random.below(7) });
    case 4:
      return encodeFrame(1, text, { fin: false });
    case 5:
      return encodeFrame(0, text, { fin: random.oneIn(2) });
    case 6:
      return encodeFrame(1, random.bytes(20)); // hardly UTF-8
    case 7:
      return encodeFrame(
        8,
        random.pick([
          new Uint8Array(),
          Uint8Array.of(3),
          Uint8Array.of(3, 0xe8),
          Uint8Array.of(3, 0xed),
          Uint8Array.of(0xff, 0xff, 0xff),
        ]),
      );
    case 8:
      return encodeFrame(random.pick([9, 10]), random.bytes(125));
    case 9:
      return encodeFrame(
        2,
        Uint8Array.of(random.pick([4, 4, random.next()]), ...random.bytes(40)),
      );
    default:
      return encodeFrame(1, text);
  }
}

/** A session that moves to a WebSocket, or does not quite. */
async function upgrade(
  random: Random,
  polling: Connection,
  port: number,
): Promise<void> {
  const sid = await openSession(polling);
  if (sid === "") return;
  if (random.oneIn(2)) {
    await polling.write(head({
      method: "GET",
      target: target(polling.manner, "polling", sid),
      headers: [],
    }));
  }
  const connection = new Connection(
    await Deno.connect({ hostname: "127.0.0.1", port }),
    random.oneIn(20) ? random.pick(MANNERS) : polling.manner,
  );
  try {
    if (random.oneIn(4)) return await sendFrames(random, connection, sid);
    const headers = UPGRADE_HEADERS.map((header) => header.join(": "));
    await connection.write(head({
      method: "GET",
      target: target(connection.manner, "websocket", sid),
      headers,
    }));
    await connection.read();
    const packets = [
      "2probe",
      "5",
      "40",
      '42["echo",1]',
      "2probe",
      "3",
      "1",
      "x",
    ];
    const order = random.oneIn(2)
      ? packets
      : random.list(6, () => random.pick(packets));
    for (const packet of order.slice(0, 1 + random.below(order.length))) {
      if (!await connection.write(encodeFrame(1, packet))) return;
      if (random.oneIn(3)) await connection.read();
      if (random.oneIn(6)) {
        const method = random.pick(["GET", "POST"]);
        const body = method === "POST"
          ? randomBody(random, polling.manner)
          : "";
        await polling.write(head({
          method,
          target: target(polling.manner, "polling", sid),
          headers: [`Content-Length: ${toLatin1(body).length}`],
          body,
        }));
      }
      if (random.oneIn(12)) return polling.close();
    }
  } finally {
    connection.close();
  }
}

const PACKETS = [
  "40",
  "40/admin,",
  "40/dyn-a,",
  "40/unknown,",
  '40{"token":"x"}',
  "41",
  "41/admin,",
  '42["echo","x",{"a":[1]}]',
  '420["echo","x"]',
  '42/admin,7["echo"]',
  '42/dyn-a,["all"]',
  '42["all"]',
  '42["bye"]',
  '42["close"]',
  '42["error"]',
  '42["disconnect"]',
  '42["__proto__"]',
  "43ID[]",
  "43ID[1,2]",
  '461-ID[{"_placeholder":true,"num":0}]',
  "439007199254740993[1]",
  '43/admin,0["x"]',
  '44{"message":"x"}',
  '451-["echo",{"_placeholder":true,"num":0}]',
  '4510-["echo"]',
  '450-["echo"]',
  '461-0[{"_placeholder":true,"num":0}]',
  "bAQID",
  "b4AQID",
  "\x04\x01\x02",
  "40/admin?token=x&__proto__=y,",
  '42/admin?x,["echo"]',
  "b",
  "b!",
  "1",
  "2",
  "2probe",
  "3",
  "3",
  "3",
  "4",
  "5",
  "6",
  "0",
  "7",
];

const SNIPPETS = [
  "/admin,",
  "[",
  "]",
  "-",
  "{",
  '"',
  "\x1e",
  "9",
  "\xff",
  "1-",
];

function randomPacket(random: Random, ackId: number): string {
  if (random.oneIn(40)) {
    // More values than a call can take.
    return `43${ackId}[${"0,".repeat(200_000)}0]`;
  }
  const packet = random.pick(PACKETS).replace("ID", String(Math.max(0, ackId)));
  return random.oneIn(4) ? random.mutate(packet, SNIPPETS) : packet;
}

function randomBody(random: Random, manner: Manner, ackId = 0): string {
  if (random.oneIn(12)) return random.text(30);
  const packets = Array.from(
    { length: 1 + random.below(4) },
    () => randomPacket(random, ackId),
  );
  const body = manner.join(packets, random);
  return random.oneIn(12) ? random.mutate(body, SNIPPETS) : body;
}
