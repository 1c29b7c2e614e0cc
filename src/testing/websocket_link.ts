import {
  decodePacket,
  encodePacket,
  type Packet,
} from "../engine_parser/mod.ts";
import { TunnelSocket } from "../parallel/tunnel_socket.ts";
import { ConnectError } from "./errors.ts";
import { Lane } from "./lane.ts";
import { type Dial, type Link, type LinkOwner, readRefusal } from "./link.ts";

type Message = string | Uint8Array<ArrayBuffer>;

/** The end of a WebSocket, as it travels behind the messages. */
interface Ending {
  readonly code: number;
  /** What the other end is told where there was no close frame. */
  readonly failure?: string;
}

/** The code of a close that nobody gave a code. */
const NO_STATUS = 1005;
const LOST: Ending = { code: 0, failure: "Connection reset by peer" };

const HANDSHAKE_HEADERS = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

const ACCEPTANCE_HEADERS = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
};

/** A WebSocket whose both ends are in this process. */
export class WebSocketLink implements Link {
  #state: "opening" | "open" | "silent" | "over" = "opening";
  readonly #owner: LinkOwner;
  /** The server's end. */
  readonly #socket: TunnelSocket;
  readonly #toServer: Lane<Message | Ending>;
  readonly #toClient: Lane<Message | Ending>;
  #isPaused = false;
  #response: Response | undefined;
  readonly #closed = Promise.withResolvers<void>();

  constructor(owner: LinkOwner) {
    this.#owner = owner;
    this.#toServer = new Lane((item) => this.#onServerItem(item));
    this.#toClient = new Lane((item) => this.#onClientItem(item));
    const countPending = () => this.#countPending();
    this.#socket = new TunnelSocket({
      get pendingBytes() {
        return countPending();
      },
      send: (data) => this.#sendToClient(data),
      close: (code = NO_STATUS) => this.#toClient.push({ code }),
    });
  }

  get response(): Response | undefined {
    return this.#response;
  }

  async open(dial: Dial): Promise<void> {
    let isAccepted = false;
    const response = await dial(
      { transport: "websocket" },
      { headers: HANDSHAKE_HEADERS },
      () => {
        isAccepted = true;
        const init = { status: 101, headers: ACCEPTANCE_HEADERS };
        return { socket: this.#socket, response: new Response(null, init) };
      },
    );
    if (isAccepted && !isAcceptance(response)) {
      throw new ConnectError(
        "Cannot open a WebSocket: it was accepted, then another response was given, after which Deno.serve stops to listen",
      );
    }
    if (!isAccepted) throw await readRefusal(response);
    if (this.#state !== "opening") return this.#endAtServer(LOST);
    this.#state = "open";
    this.#response = response;
    this.#socket.onOpen();
  }

  send(packets: readonly Packet[]): void {
    if (this.#state !== "open") return;
    for (const packet of packets) {
      const frame = copy(encodePacket(packet));
      if (packet.type === "pong") this.#onServerItem(frame);
      else this.#toServer.push(frame);
    }
  }

  #onServerItem(item: Message | Ending): void {
    if (isMessage(item)) this.#socket.onData(item);
    else this.#endAtServer(item);
  }

  #endAtServer({ code, failure }: Ending): void {
    this.#socket.onEnd(code, "", failure);
    this.#closed.resolve();
  }

  /** What has left for a client that reads counts as gone, like all that the kernel takes. */
  #countPending(): number {
    if (!this.#isPaused) return 0;
    let bytes = 0;
    for (const item of this.#toClient.items) {
      if (isMessage(item)) bytes += item.length;
    }
    return bytes;
  }

  #sendToClient(data: Message): void {
    if (this.#state !== "open") return;
    // Pings are answered at once, or a clock that jumps would lose the client.
    if (data === "2") this.#toClient.pushThrough(data);
    else this.#toClient.push(copy(data));
  }

  #onClientItem(item: Message | Ending): void {
    if (this.#state === "silent" || this.#state === "over") return;
    if (isMessage(item)) return this.#owner.onPacket(decodePacket(item));
    this.#state = "over";
    this.#endAtServer(item);
    this.#owner.onEnd("transport close");
  }

  pause(): void {
    this.#isPaused = true;
    this.#toClient.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#toClient.resume();
  }

  close(): Promise<void> {
    return this.#end("over", { code: NO_STATUS });
  }

  drop(isSilent: boolean): void {
    if (isSilent) this.#end("silent");
    else this.#end("over", LOST);
  }

  #end(state: "silent" | "over", ending?: Ending): Promise<void> {
    const before = this.#state;
    if (before === "over" || before === "silent") return Promise.resolve();
    this.#state = state;
    this.#toClient.clear();
    if (before === "open" && ending !== undefined) {
      this.#toServer.push(ending);
      return this.#closed.promise;
    }
    return Promise.resolve();
  }
}

/** Whether a response is the one that accepts a WebSocket, or a copy of it. */
function isAcceptance({ status, headers }: Response): boolean {
  return status === 101 && headers.has("sec-websocket-accept");
}

function isMessage(item: Message | Ending): item is Message {
  return typeof item === "string" || item instanceof Uint8Array;
}

/** The bytes of a message are its sender's, who may change them. */
function copy(frame: string | Uint8Array): Message {
  return typeof frame === "string" ? frame : frame.slice();
}
