import type {
  Bus,
  BusReceiver,
  ClusterMessage,
  ClusterReply,
} from "../adapter/mod.ts";
import { encodeFrame, type Frame } from "./frame.ts";
import type { Peer } from "./mesh.ts";

/** The members of one namespace among the workers of a process. */
export class MeshBus implements Bus {
  readonly knowsIntersections = true;
  readonly #channel: string;
  readonly #peers: () => Iterable<Peer>;
  readonly #onClose: () => void;
  readonly #members = new Map<string, Peer>();
  #receiver: BusReceiver | undefined;

  /**
   * @param channel The name of the namespace.
   * @param peers The workers that can be reached now.
   * @param onClose Is called when this worker serves it no more.
   */
  constructor(
    channel: string,
    peers: () => Iterable<Peer>,
    onClose: () => void,
  ) {
    this.#channel = channel;
    this.#peers = peers;
    this.#onClose = onClose;
  }

  open(receiver: BusReceiver): Promise<void> {
    this.#receiver = receiver;
    for (const peer of this.#peers()) this.greet(peer);
    return Promise.resolve();
  }

  /** Tells a worker that this one serves the namespace. */
  greet(peer: Peer): void {
    if (this.#receiver === undefined) return;
    peer.send(encodeFrame({ type: "join", channel: this.#channel }));
  }

  publish(message: ClusterMessage): void {
    if (this.#members.size === 0) return;
    const frame = encodeFrame({
      type: "message",
      channel: this.#channel,
      message,
    });
    for (const peer of this.#members.values()) peer.send(frame);
  }

  reply(reply: ClusterReply, to: string): void {
    this.#members.get(to)?.send(
      encodeFrame({ type: "reply", channel: this.#channel, reply }),
    );
  }

  serverCount(): Promise<number> {
    return Promise.resolve(1 + this.#members.size);
  }

  members(): Iterable<string> {
    return this.#members.keys();
  }

  check(): Promise<void> {
    return this.#receiver === undefined
      ? Promise.reject(new Error("the adapter is closed"))
      : Promise.resolve();
  }

  close(): Promise<void> {
    this.#receiver = undefined;
    const frame = encodeFrame({ type: "leave", channel: this.#channel });
    for (const peer of this.#peers()) peer.send(frame);
    this.#onClose();
    return Promise.resolve();
  }

  /** Takes a frame of a worker that is for this namespace. */
  onFrame(frame: Frame, peer: Peer): void {
    switch (frame.type) {
      case "join":
        if (this.#members.has(peer.id)) return;
        this.#members.set(peer.id, peer);
        return this.greet(peer); // it may not have served it when this worker began to
      case "leave":
        return this.onPeerGone(peer);
      case "message":
        return this.#receiver?.onMessage(frame.message, peer.id);
      case "reply":
        return this.#receiver?.onReply(frame.reply, peer.id);
    }
  }

  /** Waits for nothing more of a worker. */
  onPeerGone(peer: Peer): void {
    if (this.#members.delete(peer.id)) this.#receiver?.onGone(peer.id);
  }
}
