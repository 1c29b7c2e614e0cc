import type { DelayLine } from "../../delay_line.ts";
import { compress, compressFrom, NO_STORE } from "../compression.ts";
import type { Body, PollingFormat } from "../format.ts";
import { control, type EncodedMessage, MESSAGE_COST } from "../message.ts";
import { BodyReader } from "./body.ts";
import { LongAnswer, PART_LENGTH } from "./long_answer.ts";
import type {
  Transport,
  TransportEnding,
  TransportOwner,
} from "./transport.ts";

/** What polling transports of one server share. */
export interface PollingSettings {
  readonly format: PollingFormat;
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
 * idle ──GET──▶ one parked GET ──write()──▶ idle, once the answer has left
 */
export class PollingTransport implements Transport, PollHost {
  readonly name = "polling";
  readonly #settings: PollingSettings;
  #owner: TransportOwner | undefined;
  #held: HeldPoll | undefined;
  /** An answer that its client has not taken yet. */
  #leaving: LongAnswer | undefined;
  #queue: EncodedMessage[] = [];
  #queuedLength = 0;
  /** The body of the POST that is under way. */
  #body: BodyReader | undefined;
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
    return this.#queuedLength + (this.#leaving?.waiting ?? 0);
  }

  hasBuffered(bytes: number): boolean {
    return this.bufferedAmount + this.#queue.length * MESSAGE_COST > bytes;
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
    const { format } = this.#settings;
    const kept = format.keep(message);
    this.#queuedLength += format.measure(kept);
    // All that is written in one turn leaves in one answer.
    if (this.#queue.push(kept) === 1 && this.#held !== undefined) {
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
    this.#body?.cancel();
    // Who has not taken it by the end of a polite close does not read at all.
    if (ending !== "server closes" || this.#onFinished !== undefined) {
      this.#leaving?.drop();
    }
    this.#onFinished = undefined;
    const queue = this.takeQueue();
    const last = ending === "server closes" && queue.length > 0
      ? queue // the next GET finds the session gone
      : [ending === "peer closed" ? NOOP : CLOSE];
    this.#held?.answer(last);
    this.#held = undefined;
  }

  #onGet(request: Request): Response | Promise<Response> {
    if (this.#held !== undefined || this.#leaving !== undefined) {
      this.#owner?.onTransportError({ description: "overlap from client" });
      return new Response(null, { status: 400 });
    }
    const messages = this.#take() ?? (this.#releasing ? [NOOP] : undefined);
    if (messages !== undefined) return this.respond(messages, request);
    this.#held = new HeldPoll(request, this.#settings, this);
    return this.#held.response;
  }

  onPollGone(): void {
    this.#held = undefined;
    this.#owner?.onTransportError({
      description: "poll connection closed prematurely",
    });
  }

  respond(messages: readonly EncodedMessage[], request: Request): Response {
    const body = this.#settings.format.encode(messages);
    if (body.length <= PART_LENGTH) {
      return respondToPoll(body, request, this.#settings);
    }
    const answer = this.#leaving = new LongAnswer(body, (isGone) => {
      this.#leaving = undefined;
      if (isGone) this.onPollGone();
    });
    return respondWith(answer, body, request, this.#settings);
  }

  #flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined; // before others are told, who may close the transport
    if (held.isStream && this.#queuedLength > PART_LENGTH) {
      // A stream has begun without its length: let the next GET fetch what is long.
      return held.answer([NOOP]);
    }
    const messages = this.#take();
    if (messages === undefined) this.#held = held;
    else held.answer(messages);
  }

  /** What is to be answered to a GET now, if there is anything. */
  #take(): readonly EncodedMessage[] | undefined {
    if (this.#queue.length > 0) {
      const messages = this.takeQueue();
      this.#owner?.onFlush();
      return messages;
    }
    if (this.#onFinished === undefined) return undefined;
    this.#onFinished();
    return [CLOSE];
  }

  #onPost(request: Request): Response | Promise<Response> {
    const isBytes =
      request.headers.get("content-type") === "application/octet-stream";
    const problem = this.#body !== undefined
      ? "data request overlap from client"
      : isBytes && !this.#settings.format.takesBytes
      ? "invalid content"
      : undefined;
    if (problem !== undefined) {
      this.#owner?.onTransportError({ description: problem });
      return new Response(null, { status: 400 });
    }
    const reader = this.#body = new BodyReader();
    return reader.read(request, this.#settings.maxHttpBufferSize, isBytes).then(
      (body) => {
        this.#body = undefined;
        if (body === undefined) {
          this.#owner?.onLimitExceeded("maxHttpBufferSize");
          return new Response(null, { status: 413 });
        }
        this.#receive(body);
        return new Response("ok");
      },
      (context) => {
        this.#body = undefined;
        this.#owner?.onTransportError({
          description: "data request connection closed prematurely",
          context,
        });
        return new Response(null, { status: 400 });
      },
    );
  }

  #receive(body: Body): void {
    let left = this.#settings.packetsPerPayload;
    try {
      for (const packet of this.#settings.format.decode(body)) {
        if (this.#owner === undefined) return; // a packet has ended the session
        if (left-- === 0) {
          this.#owner.onLimitExceeded("packetsPerPayload");
          throw new RangeError("too many packets in a payload");
        }
        this.#owner.onPacket(packet);
      }
    } catch (error) {
      this.#owner?.onPacketError(error);
    }
  }
}

/** What has a poll, and makes its answer. */
interface PollHost {
  respond(messages: readonly EncodedMessage[], request: Request): Response;
  /** The poll's client has gone. */
  onPollGone(): void;
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
  readonly #host: PollHost;
  readonly #resolve: (response: Response) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** Waits on behalf of `request`; `host` hears that its client has left. */
  constructor(request: Request, settings: PollingSettings, host: PollHost) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    this.#request = request;
    this.#settings = settings;
    this.#host = host;
    settings.idlePolls.add(this);
  }

  /** Whether its answer has begun. */
  get isStream(): boolean {
    return this.#stream !== undefined;
  }

  answer(messages: readonly EncodedMessage[]): void {
    this.#settings.idlePolls.delete(this);
    if (this.#stream === undefined) {
      this.#resolve(this.#host.respond(messages, this.#request));
    } else {
      this.#stream.enqueue(this.#settings.format.encodeRest(messages));
      this.#stream.close();
    }
  }

  /** Starts to answer, so that the client's leaving is noticed. */
  onIdle(): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      cancel: () => this.#host.onPollGone(),
    });
    const response = this.#settings.format.begin(body);
    response.headers.set("cache-control", NO_STORE);
    this.#resolve(response);
  }
}

/** Makes the answer to a GET; setting a header afterwards costs a fifth of passing it. */
export function respondToPoll(
  body: Body,
  request: Request,
  { format, compressionThreshold }: PollingSettings,
): Response {
  const response = compressFrom(
    compressionThreshold,
    format.respond(body),
    body,
    request,
  );
  response.headers.set("cache-control", NO_STORE);
  return response;
}

/** The same for an answer that is long. */
function respondWith(
  answer: LongAnswer,
  body: Body,
  request: Request,
  { format, compressionThreshold = Infinity }: PollingSettings,
): Response {
  const { headers } = format.respond(body);
  const response = new Response(answer.body, { headers });
  const compressed = answer.length >= compressionThreshold
    ? compress(response, request)
    : response;
  if (compressed === response) {
    answer.tellLength(response.headers);
  }
  compressed.headers.set("cache-control", NO_STORE);
  return compressed;
}
