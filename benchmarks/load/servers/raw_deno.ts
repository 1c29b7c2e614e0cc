// The floor: Deno.serve, Deno.upgradeWebSocket and nothing of Socket.IO but the
// bytes. It answers the load generator's messages with the least work possible:
// no event is parsed, no id checked, a broadcast is one string that all share.
// No server on the same Deno calls can cost much less.
//
// With the argument `plus` it also does what no server of the protocol can
// leave out: it parses and writes the JSON of an echo, sends the headers that
// long-polling must have, and reads a POST under a limit.
const PLUS = Deno.args.includes("plus");
const PING_INTERVAL = Number(Deno.env.get("PING_INTERVAL") ?? 25_000);
const MAX_BODY = 10_000_000;
const ATTACHMENT = new Uint8Array(1024).fill(1);

interface Client {
  send(message: string): void;
  sendBinary?(message: Uint8Array<ArrayBuffer>): void;
}

const rooms = new Map<string, Set<Client>>();
const webSockets = new Set<Client>();
let lastId = 0;

function handshake(sid: string, upgrades: string): string {
  return `0{"sid":"${sid}","upgrades":[${upgrades}],"pingInterval":${PING_INTERVAL},` +
    `"pingTimeout":20000,"maxPayload":${MAX_BODY}}`;
}

function members(names: string[], except: string): Set<Client> {
  const [first] = names;
  if (names.length === 1 && first !== undefined && !except) {
    return rooms.get(first) ?? new Set();
  }
  const found = new Set<Client>();
  const excepted = rooms.get(except);
  for (const name of names) {
    for (const client of rooms.get(name) ?? []) {
      if (!excepted?.has(client)) found.add(client);
    }
  }
  return found;
}

function receive(client: Client, message: string): void {
  if (message.startsWith('42["echo"')) {
    client.send(
      PLUS ? "42" + JSON.stringify(JSON.parse(message.slice(2))) : message,
    );
  } else if (hasAckId(message)) {
    receiveRequest(client, message);
  } else if (message.startsWith('42["bcast"')) {
    const [, names, except, data] = JSON.parse(message.slice(2));
    const news = '42["news",' + JSON.stringify(data) + "]";
    for (const member of members(names, except)) member.send(news);
  } else if (message.startsWith('42["bcastbin"')) {
    const [, names] = JSON.parse(message.slice(2));
    for (const member of members(names, "")) {
      member.send('451-["bin",{"_placeholder":true,"num":0}]');
      member.sendBinary?.(ATTACHMENT);
    }
  } else if (message === "40") {
    client.send(`40{"sid":"${++lastId}"}`);
  } else if (message.startsWith("451-")) {
    client.send(message);
  } else if (message !== "3") {
    throw new Error(`Cannot answer ${message}`);
  }
}

function hasAckId(message: string): boolean {
  const code = message.charCodeAt(2);
  return code >= 0x30 && code <= 0x39 && message.startsWith("42");
}

/** Answers what asks for an acknowledgement: ack, join, leave. */
function receiveRequest(client: Client, message: string): void {
  const from = message.indexOf("[");
  const id = message.slice(2, from);
  if (message.startsWith('"ack",', from + 1)) {
    return client.send("43" + id + "[" + message.slice(from + 7));
  }
  const [event, name] = JSON.parse(message.slice(from));
  if (event === "leave") {
    rooms.get(name)?.delete(client);
  } else {
    const room = rooms.get(name);
    if (room) room.add(client);
    else rooms.set(name, new Set([client]));
  }
  client.send("43" + id + "[]");
}

function upgrade(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: 0,
  });
  const client: Client = {
    send: (message) => socket.send(message),
    sendBinary: (message) => socket.send(message),
  };
  socket.onopen = () => {
    webSockets.add(client);
    socket.send(handshake(String(++lastId), ""));
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") receive(client, data);
    else socket.send(data);
  };
  socket.onclose = () => {
    webSockets.delete(client);
    for (const room of rooms.values()) room.delete(client);
  };
  return response;
}

class PollingClient implements Client {
  #waiting = "";
  #answer: ((response: Response) => void) | undefined;

  send(message: string): void {
    this.#waiting = this.#waiting ? this.#waiting + "\x1e" + message : message;
    this.#answer?.(this.#take());
    this.#answer = undefined;
  }

  poll(): Response | Promise<Response> {
    if (this.#waiting) return this.#take();
    return new Promise((resolve) => this.#answer = resolve);
  }

  #take(): Response {
    const body = this.#waiting;
    this.#waiting = "";
    return answer(body);
  }
}

const pollingClients = new Map<string, PollingClient>();

/** Headers set afterwards cost a fraction of those given to the constructor. */
function answer(body: string, type?: string): Response {
  const response = new Response(body);
  if (PLUS) {
    response.headers.set("cache-control", "no-store");
    if (type) response.headers.set("content-type", type);
  }
  return response;
}

async function readBody(request: Request): Promise<string | undefined> {
  const length = request.headers.get("content-length");
  if (length !== null) {
    return Number(length) > MAX_BODY ? undefined : await request.text();
  }
  let text = "";
  let size = 0;
  const decoder = new TextDecoder();
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function handlePolling(
  request: Request,
  sid: string | undefined,
): Promise<Response> {
  if (sid === undefined) {
    const id = String(++lastId);
    pollingClients.set(id, new PollingClient());
    return answer(handshake(id, '"websocket"'));
  }
  const client = pollingClients.get(sid);
  if (!client) return new Response(null, { status: 400 });
  if (request.method !== "POST") return client.poll();
  const body = PLUS ? await readBody(request) : await request.text();
  if (body === undefined) return new Response(null, { status: 413 });
  for (const message of body.split("\x1e")) receive(client, message);
  return answer("ok", "text/html");
}

function handle(request: Request): Response | Promise<Response> {
  const { url } = request;
  if (url.includes("transport=websocket")) return upgrade(request);
  const at = url.indexOf("&sid=");
  return handlePolling(request, at < 0 ? undefined : url.slice(at + 5));
}

setInterval(() => {
  for (const client of webSockets) client.send("2");
}, PING_INTERVAL);

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(port),
}, handle);
