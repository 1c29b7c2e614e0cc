import type { AcceptWebSocket } from "../engine/mod.ts";
import type { StreamPart } from "./frame.ts";
import {
  BodyReceiver,
  BodySender,
  listHeaders,
  PendingData,
  type Stream,
  type StreamEnd,
} from "./stream.ts";
import { TunnelSocket } from "./tunnel_socket.ts";

/** What has this worker's sessions. */
export interface SessionHost {
  /** Answers a request that another worker got. */
  answer(
    request: Request,
    acceptWebSocket: AcceptWebSocket,
  ): Response | Promise<Response>;
  /** Answers the poll that the session of such a request holds. */
  release(request: Request): void;
}

/** The code of a close that nobody gave a code. */
const NO_STATUS = 1005;

/** The end of a stream at the worker that has the session. */
export class Owner implements Stream {
  readonly #host: SessionHost;
  readonly #end: StreamEnd;
  readonly #onOver: () => void;
  readonly #upload: BodyReceiver;
  #request: Request | undefined;
  #download: BodySender | undefined;
  #isGone = false;
  #socket: TunnelSocket | undefined;

  /**
   * @param host What has the session.
   * @param end Sends to the worker that has the client.
   * @param onOver Is called when the stream is over.
   */
  constructor(host: SessionHost, end: StreamEnd, onOver: () => void) {
    this.#host = host;
    this.#end = end;
    this.#onOver = onOver;
    this.#upload = new BodyReceiver(() => end.send({ type: "cancel" }));
  }

  /** Answers the request. */
  async start(
    { method, url, headers, hasBody }: StreamPart & { type: "request" },
  ): Promise<void> {
    try {
      const request = this.#request = new Request(url, {
        method,
        headers: headers.map((
          [name, value],
        ): [string, string] => [name, value]),
        ...(hasBody ? { body: this.#upload.body } : {}),
      });
      const response = await this.#host.answer(
        request,
        (_request, options) => this.#acceptWebSocket(options),
      );
      if (this.#socket !== undefined) {
        return this.#end.send({ type: "accepted" });
      }
      await this.#respond(response);
      this.#onOver();
    } catch {
      this.#end.send({ type: "response", status: 500, headers: [] });
      this.#end.send({ type: "end" });
      this.#onOver();
    }
  }

  async #respond(response: Response): Promise<void> {
    const { status, headers, body } = response;
    this.#end.send({ type: "response", status, headers: listHeaders(headers) });
    this.#download = new BodySender(body, this.#end);
    if (this.#isGone) this.#download.cancel();
    await this.#download.send();
  }

  #acceptWebSocket(_options: Deno.UpgradeWebSocketOptions) {
    const end = this.#end;
    const pending = new PendingData(end);
    const socket = new TunnelSocket({
      get pendingBytes() {
        return pending.bytes;
      },
      send: (data) => pending.send(data),
      close: (code) =>
        end.send({ type: "close", code, reason: "", failure: undefined }),
    });
    this.#socket = socket;
    return { socket, response: new Response() };
  }

  onPart(part: StreamPart): void {
    switch (part.type) {
      case "data":
        return this.#socket === undefined
          ? this.#upload.add(part.data)
          : this.#socket.onData(part.data);
      case "end":
        return this.#upload.end();
      case "opened":
        return this.#socket?.onOpen();
      case "buffered":
        return this.#socket?.onBuffered(part.bytes);
      case "release":
        return this.#request && this.#host.release(this.#request);
      case "cancel":
        this.#upload.fail(new Error("the client has gone"));
        return this.#download?.cancel();
      case "close":
        this.#socket?.onEnd(
          part.code ?? NO_STATUS,
          part.reason,
          part.failure,
        );
        return this.#onOver();
    }
  }

  onGone(): void {
    this.#isGone = true;
    this.#upload.fail(new Error("the worker with the client is gone"));
    this.#download?.cancel();
    this.#socket?.onEnd(NO_STATUS, "", "connection reset: the worker is gone");
  }
}
