import { encodeFrame, type Frame, type Role } from "./frame.ts";
import { Front } from "./front.ts";
import type { Peer } from "./mesh.ts";
import { type Answer, Owner } from "./owner.ts";
import type { Stream, StreamEnd } from "./stream.ts";

/**
 * Requests that one worker gets and another answers.
 *
 * The first is the front: it streams the request to the owner of the session, and
 * the answer back; what is a WebSocket it accepts itself, and passes its messages on.
 */
export class Tunnels {
  readonly #answer: Answer;
  readonly #maxBufferedAmount: number;
  /** What this worker is the front of, and the owner, by the front's numbers. */
  readonly #streams: Readonly<Record<Role, Map<Peer, Map<number, Stream>>>> = {
    front: new Map(),
    owner: new Map(),
  };
  #lastNumber = 0;

  /**
   * @param answer Answers what other workers pass on.
   * @param maxBufferedAmount Bytes that may wait for the client of a WebSocket.
   */
  constructor(answer: Answer, maxBufferedAmount: number) {
    this.#answer = answer;
    this.#maxBufferedAmount = maxBufferedAmount;
  }

  /** Lets another worker answer a request. */
  forward(request: Request, peer: Peer): Promise<Response> {
    const number = ++this.#lastNumber;
    const front = new Front(
      request,
      createEnd(peer, number, "front"),
      this.#maxBufferedAmount,
      () => this.#delete("front", peer, number),
    );
    this.#add("front", peer, number, front);
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
        createEnd(peer, number, "owner"),
        () => this.#delete("owner", peer, number),
      );
      this.#add("owner", peer, number, owner);
      owner.start(part, this.#answer);
    } else {
      const role = from === "front" ? "owner" : "front";
      this.#streams[role].get(peer)?.get(number)?.onPart(part);
    }
  }

  /** Ends the streams that another worker is part of. */
  onPeerGone(peer: Peer): void {
    for (const all of Object.values(this.#streams)) {
      const streams = all.get(peer);
      all.delete(peer);
      for (const stream of streams?.values() ?? []) stream.onGone();
    }
  }

  #add(role: Role, peer: Peer, number: number, stream: Stream): void {
    const all = this.#streams[role];
    const streams = all.get(peer) ?? new Map<number, Stream>();
    all.set(peer, streams.set(number, stream));
  }

  #delete(role: Role, peer: Peer, number: number): void {
    this.#streams[role].get(peer)?.delete(number);
  }
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
