import { readWebSocketHandshake } from "../engine/websocket_handshake.ts";
import type { StreamPart } from "./frame.ts";
import {
  BodyReceiver,
  BodySender,
  listHeaders,
  PendingData,
  type Stream,
  type StreamEnd,
} from "./stream.ts";

/** Milliseconds between two looks at what waits for a client that is slow. */
const LOOK_EVERY = 50;

/** The end of a stream at the worker that has the client. */
export class Front implements Stream {
  readonly response: Promise<Response>;
  readonly #request: Request;
  readonly #end: StreamEnd;
  readonly #maxBufferedAmount: number;
  readonly #onOver: () => void;
  #onReleased = () => {};
  readonly #resolve: (response: Response) => void;
  readonly #upload: BodySender;
  readonly #download: BodyReceiver;
  #socket: WebSocket | undefined;
  #failure: string | undefined;
  /** Looks at what waits for the client, while anything does. */
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param request The request.
   * @param end Sends to the owner of its session.
   * @param maxBufferedAmount Bytes that may wait for the client of a WebSocket.
   * @param onOver Is called when the stream is over.
   */
  constructor(
    request: Request,
    end: StreamEnd,
    maxBufferedAmount: number,
    onOver: () => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    this.#request = request;
    this.#end = end;
    this.#maxBufferedAmount = maxBufferedAmount;
    this.#onOver = () => {
      onOver();
      this.#onReleased();
    };
    this.#upload = new BodySender(request.body, end);
    this.#download = new BodyReceiver(() => {
      end.send({ type: "cancel" });
      this.#onOver();
    });
  }

  /** Sends the request. */
  start(): void {
    const { method, url, headers, body } = this.#request;
    this.#end.send({
      type: "request",
      method,
      url,
      headers: listHeaders(headers),
      hasBody: body !== null,
    });
    if (body !== null) this.#upload.send();
  }

  /**
   * Lets the client go on elsewhere, unless it has a WebSocket here. Resolves when it
   * has its answer.
   */
  release(): Promise<void> {
    if (this.#socket !== undefined) return Promise.resolve();
    if (this.#request.method === "GET") this.#end.send({ type: "release" });
    return new Promise((resolve) => this.#onReleased = resolve);
  }

  onPart(part: StreamPart): void {
    switch (part.type) {
      case "response":
        return this.#onResponse(part.status, part.headers);
      case "accepted":
        return this.#accept();
      case "data":
        return this.#socket === undefined
          ? this.#download.add(part.data)
          : this.#toClient(this.#socket, part.data);
      case "end":
        this.#download.end();
        return this.#onOver();
      case "cancel":
        return this.#upload.cancel();
      case "close":
        return this.#close(part.code);
    }
  }

  onGone(): void {
    this.#resolve(gone());
    this.#download.fail(new Error("the worker with the session is gone"));
    this.#upload.cancel();
    this.#close(undefined);
  }

  #onResponse(
    status: number,
    headers: readonly (readonly [string, string])[],
  ): void {
    const hasBody = status !== 204 && status !== 304;
    this.#resolve(
      new Response(hasBody ? this.#download.body : null, {
        status,
        headers: headers.map((
          [name, value],
        ): [string, string] => [name, value]),
      }),
    );
  }

  /** Accepts the WebSocket, whose messages wait until then for nobody. */
  #accept(): void {
    const options = readWebSocketHandshake(this.#request);
    try {
      const { socket, response } = Deno.upgradeWebSocket(
        this.#request,
        options ?? {}, // the owner has accepted it
      );
      this.#bridge(socket);
      this.#resolve(response);
    } catch {
      this.#end.send(closing(undefined, "", "the handshake failed"));
      this.#resolve(new Response(null, { status: 400 }));
      this.#onOver();
    }
  }

  #bridge(socket: WebSocket): void {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#end.send({ type: "opened" });
    const upload = new PendingData(this.#end);
    socket.onmessage = ({ data }) => {
      upload.send(typeof data === "string" ? data : new Uint8Array(data));
      // The owner cannot keep up with this client.
      if (upload.bytes > this.#maxBufferedAmount) socket.close();
    };
    socket.onerror = (event) => {
      this.#failure = (event as ErrorEvent).message; // Deno fires no other
    };
    socket.onclose = ({ code, reason }) => this.#onClose(code, reason);
  }

  #onClose(code: number | undefined, reason: string): void {
    clearInterval(this.#timer);
    this.#end.send(closing(code, reason, this.#failure));
    this.#onOver();
  }

  #toClient(
    socket: WebSocket,
    data: string | Uint8Array<ArrayBuffer>,
  ): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(data);
    if (this.#timer !== undefined || socket.bufferedAmount === 0) return;
    this.#timer = setInterval(() => this.#look(socket), LOOK_EVERY);
  }

  /** Tells the owner what waits for a slow client, and gives up one that reads nothing. */
  #look(socket: WebSocket): void {
    const bytes = socket.bufferedAmount;
    this.#end.send({ type: "buffered", bytes });
    if (bytes > this.#maxBufferedAmount) socket.close();
    if (bytes > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #close(code: number | undefined): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState >= WebSocket.CLOSING) return;
    const hasOpened = socket.readyState === WebSocket.OPEN;
    socket.close(code);
    // Deno says nothing of the end of one whose client left before it opened.
    if (!hasOpened) this.#onClose(undefined, "");
  }
}

function closing(
  code: number | undefined,
  reason: string,
  failure: string | undefined,
): StreamPart {
  return { type: "close", code, reason, failure };
}

/** What a client gets whose session nobody has any more. */
function gone(): Response {
  return Response.json(
    { code: 1, message: "Session ID unknown" },
    { status: 400 },
  );
}
