import { encodeFrame, type Frame, type Role } from "./frame.ts";
import { Front } from "./front.ts";
import type { Peer } from "./mesh.ts";
import { Owner, type SessionHost } from "./owner.ts";
import type { Stream, StreamEnd } from "./stream.ts";

/**
 * Requests that one worker gets and another answers.
 *
 * The first is the front: it streams the request to the owner of the session, and
 * the answer back; what is a WebSocket it accepts itself, and passes its messages on.
 */
export class Tunnels {
  readonly #host: SessionHost;
  readonly #maxBufferedAmount: number;
  /** What this worker is the front of, and the owner, by the front's numbers. */
  readonly #streams: {
    readonly front: Map<Peer, Map<number, Front>>;
    readonly owner: Map<Peer, Map<number, Owner>>;
  } = { front: new Map(), owner: new Map() };
  #lastNumber = 0;

  /**
   * @param host Answers what other workers pass on.
   * @param maxBufferedAmount Bytes that may wait for the client of a WebSocket.
   */
  constructor(host: SessionHost, maxBufferedAmount: number) {
    this.#host = host;
    this.#maxBufferedAmount = maxBufferedAmount;
  }

  /** Lets another worker answer a request. */
  forward(request: Request, peer: Peer): Promise<Response> {
    const number = ++this.#lastNumber;
    const front = new Front(
      request,
      createEnd(peer, number, "front"),
      this.#maxBufferedAmount,
      () => this.#streams.front.get(peer)?.delete(number),
    );
    add(this.#streams.front, peer, number, front);
    front.start();
    return front.response;
  }

  /** Takes a frame of another worker. */
  onFrame(
    { stream: number, from, part }: Frame & { type: "stream" },
    peer: Peer,
  ): void {
    if (part.type === "request") {
      const owner = new Owner(
        this.#host,
        createEnd(peer, number, "owner"),
        () => this.#streams.owner.get(peer)?.delete(number),
      );
      add(this.#streams.owner, peer, number, owner);
      owner.start(part);
    } else {
      const role = from === "front" ? "owner" : "front";
      this.#streams[role].get(peer)?.get(number)?.onPart(part);
    }
  }

  /**
   * Lets the clients go on elsewhere whose requests others answer. Resolves when they
   * have their answers; WebSockets stay.
   */
  async release(): Promise<void> {
    const fronts = this.#streams.front.values().flatMap((all) => all.values());
    await Promise.all(fronts.map((front) => front.release()).toArray());
  }

  /** Ends the streams that another worker is part of. */
  onPeerGone(peer: Peer): void {
    for (const all of Object.values(this.#streams)) {
      const streams = all.get(peer);
      all.delete(peer);
      for (const stream of streams?.values() ?? []) stream.onGone();
    }
  }
}

function add<S extends Stream>(
  all: Map<Peer, Map<number, S>>,
  peer: Peer,
  number: number,
  stream: S,
): void {
  const streams = all.get(peer) ?? new Map<number, S>();
  all.set(peer, streams.set(number, stream));
}

function createEnd(peer: Peer, stream: number, from: Role): StreamEnd {
  return {
    get pendingBytes() {
      return peer.pendingBytes;
    },
    drained: () => peer.drained(),
    send: (part) =>
      peer.send(encodeFrame({ type: "stream", stream, from, part })),
  };
}
