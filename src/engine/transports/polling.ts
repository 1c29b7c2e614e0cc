import type { DelayLine } from "../../delay_line.ts";
import { decodePayload } from "../../engine_parser/mod.ts";
import { SEPARATOR } from "../../engine_parser/payload.ts";
import { textResponse } from "../compression.ts";
import {
  control,
  type EncodedMessage,
  keepBytes,
  toPayload,
} from "../message.ts";
import type {
  Transport,
  TransportEnding,
  TransportOwner,
} from "./transport.ts";

/** What polling transports of one server share. */
export interface PollingSettings {
  readonly maxHttpBufferSize: number;
  readonly packetsPerPayload: number;
  /** Answers from this length on are compressed; `undefined`: none. */
  readonly compressionThreshold: number | undefined;
  /** Where held polls wait until they count as idle. */
  readonly idlePolls: DelayLine<HeldPoll>;
}

const NOOP = control("6");
const CLOSE = control("1");

/**
 * HTTP long-polling as a transport: a GET waits for the server's packets, a POST
 * carries the client's.
 *
 * idle ──GET──▶ one parked GET ──write()──▶ idle
 */
export class PollingTransport implements Transport {
  readonly name = "polling";
  readonly #settings: PollingSettings;
  #owner: TransportOwner | undefined;
  #held: HeldPoll | undefined;
  #queue: EncodedMessage[] = [];
  #queuedLength = 0;
  #receiving = false;
  #releasing = false;
  #onFinished: (() => void) | undefined;

  constructor(owner: TransportOwner, settings: PollingSettings) {
    this.#owner = owner;
    this.#settings = settings;
  }

  get writable(): boolean {
    return this.#held !== undefined && this.#queue.length === 0;
  }

  get bufferedAmount(): number {
    return this.#queuedLength;
  }

  hasBuffered(bytes: number): boolean {
    return this.#queuedLength > bytes;
  }

  /** Answers a request that carries this session's id. */
  handle(request: Request): Response | Promise<Response> {
    switch (request.method) {
      case "GET":
        return this.#onGet(request);
      case "POST":
        return this.#onPost(request);
      default:
        return new Response(null, { status: 500 });
    }
  }

  write(message: EncodedMessage): void {
    this.#queuedLength += toPayload(message).length;
    keepBytes(message);
    // All that is written in one turn leaves in one answer.
    if (this.#queue.push(message) === 1 && this.#held !== undefined) {
      queueMicrotask(() => this.#flush());
    }
  }

  /**
   * Tells the client of the end in an answer of its own: official clients drop
   * messages which share an answer with it.
   */
  finish(done: () => void): void {
    this.#onFinished = done;
    if (this.#queue.length === 0) this.#flush();
  }

  /** Answers every GET from now on: the client is about to leave for a WebSocket. */
  release(): void {
    this.#releasing = true;
    this.releaseOnce();
  }

  /** Answers the GET that waits, if one does. */
  releaseOnce(): void {
    if (this.#held !== undefined && this.#queue.length === 0) this.write(NOOP);
  }

  /** Lets GETs wait again: the client did not leave. */
  resume(): void {
    this.#releasing = false;
  }

  /** Takes what has not left, for the transport that follows. */
  takeQueue(): EncodedMessage[] {
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedLength = 0;
    return queue;
  }

  close(ending: TransportEnding): void {
    this.#owner = undefined;
    this.#onFinished = undefined;
    const queue = this.takeQueue();
    if (ending === "server closes" && queue.length > 0) {
      this.#held?.answer(join(queue)); // the next GET finds the session gone
    } else {
      this.#held?.answer(toPayload(ending === "peer closed" ? NOOP : CLOSE));
    }
    this.#held = undefined;
  }

  #onGet(request: Request): Response | Promise<Response> {
    if (this.#held !== undefined) {
      this.#owner?.onTransportError({ description: "overlap from client" });
      return new Response(null, { status: 400 });
    }
    const payload = this.#takePayload() ??
      (this.#releasing ? toPayload(NOOP) : undefined);
    if (payload !== undefined) {
      return pollResponse(payload, request, this.#settings);
    }
    this.#held = new HeldPoll(request, this.#settings, () => this.#onAbort());
    return this.#held.response;
  }

  /** The client of the held poll has gone. */
  #onAbort(): void {
    this.#held = undefined;
    this.#owner?.onTransportError({
      description: "poll connection closed prematurely",
    });
  }

  #flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined; // before others are told, who may close the transport
    const payload = this.#takePayload();
    if (payload === undefined) this.#held = held;
    else held.answer(payload);
  }

  /** What is to be answered to a GET now, if there is anything. */
  #takePayload(): string | undefined {
    if (this.#queue.length > 0) {
      const payload = join(this.takeQueue());
      this.#owner?.onFlush();
      return payload;
    }
    if (this.#onFinished === undefined) return undefined;
    this.#onFinished();
    return toPayload(CLOSE);
  }

  #onPost(request: Request): Response | Promise<Response> {
    const problem = this.#receiving
      ? "data request overlap from client"
      : request.headers.get("content-type") === "application/octet-stream"
      ? "invalid content"
      : undefined;
    if (problem !== undefined) {
      this.#owner?.onTransportError({ description: problem });
      return new Response(null, { status: 400 });
    }
    this.#receiving = true;
    return readText(request, this.#settings.maxHttpBufferSize).then(
      (body) => {
        this.#receiving = false;
        if (body === undefined) return new Response(null, { status: 413 });
        this.#receive(body);
        return new Response("ok");
      },
      (context) => {
        this.#owner?.onTransportError({
          description: "data request connection closed prematurely",
          context,
        });
        return new Response(null, { status: 400 });
      },
    );
  }

  #receive(body: string): void {
    let left = this.#settings.packetsPerPayload;
    try {
      for (const packet of decodePayload(body)) {
        if (left-- === 0) throw new RangeError("too many packets in a payload");
        this.#owner?.onPacket(packet);
      }
    } catch (error) {
      this.#owner?.onPacketError(error);
    }
  }
}

/** Makes one payload of messages, of which there is at least one. */
function join(queue: readonly EncodedMessage[]): string {
  return queue.length === 1
    ? toPayload(queue[0]!)
    : queue.map(toPayload).join(SEPARATOR);
}

/**
 * A GET that waits for a packet.
 *
 * It waits as a promise at first, which is cheap. One that has become idle is
 * answered by a stream without content: only of a stream do we hear that its
 * reader has gone.
 */
export class HeldPoll {
  readonly response: Promise<Response>;
  readonly #request: Request;
  readonly #settings: PollingSettings;
  readonly #onGone: () => void;
  readonly #resolve: (response: Response) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** Waits on behalf of `request`; `onGone` hears that its client has left. */
  constructor(request: Request, settings: PollingSettings, onGone: () => void) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    this.#request = request;
    this.#settings = settings;
    this.#onGone = onGone;
    settings.idlePolls.add(this);
  }

  answer(payload: string): void {
    this.#settings.idlePolls.delete(this);
    if (this.#stream === undefined) {
      this.#resolve(pollResponse(payload, this.#request, this.#settings));
    } else {
      this.#stream.enqueue(new TextEncoder().encode(payload));
      this.#stream.close();
    }
  }

  /** Starts to answer, so that the client's leaving is noticed. */
  onIdle(): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      cancel: this.#onGone,
    });
    const response = new Response(body);
    response.headers.set("content-type", "text/plain;charset=UTF-8");
    response.headers.set("cache-control", "no-store");
    this.#resolve(response);
  }
}

/** Makes the answer to a GET; setting a header afterwards costs a fifth of passing it. */
function pollResponse(
  payload: string,
  request: Request,
  settings: PollingSettings,
): Response {
  const response = textResponse(
    payload,
    request,
    settings.compressionThreshold,
  );
  response.headers.set("cache-control", "no-store");
  return response;
}

/** Reads a body; `undefined` once it exceeds `max` bytes. */
function readText(
  request: Request,
  max: number,
): Promise<string | undefined> {
  const declared = request.headers.get("content-length");
  if (declared === null) return readStream(request.body, max);
  return Number(declared) <= max ? request.text() : Promise.resolve(undefined);
}

/** Reads a body whose length nobody has declared. */
async function readStream(
  body: ReadableStream<Uint8Array> | null,
  max: number,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > max) return undefined; // leaving the loop cancels the body
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
