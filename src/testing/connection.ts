import type { Packet as EnginePacket } from "../engine_parser/mod.ts";
import type { Codec, Decoder, EncodedPacket, Packet } from "../parser/mod.ts";
import { ConnectError } from "./errors.ts";
import type { Dial, Link, LinkOwner } from "./link.ts";

/** Why a client is no longer connected, as official clients name it. */
export type ClientDisconnectReason =
  | "io server disconnect"
  | "io client disconnect"
  | "transport close"
  | "transport error"
  | "parse error";

/** A client's part in one namespace, as its connection sees it. */
export interface Member {
  readonly namespace: string;
  /** Whether it is in the namespace, or on its way. */
  readonly isActive: boolean;
  onPacket(packet: Packet): void;
  /** There is a connection again. */
  onOnline(): void;
  /**
   * The connection is gone.
   *
   * @param reason Why.
   * @param isDropped Whether the test has dropped it, and may want it back.
   */
  onEnd(reason: ClientDisconnectReason, isDropped: boolean): void;
}

/** How a connection is made, each time. */
export interface ConnectionSettings {
  readonly dial: Dial;
  readonly codec: Codec;
  createLink(owner: LinkOwner): Link;
}

/**
 * One Engine.IO session after another, and the namespaces that share them.
 *
 * offline ──open()──▶ opening ──the server's open packet──▶ online ──▶ offline
 */
export class Connection implements LinkOwner {
  readonly #settings: ConnectionSettings;
  readonly #members = new Map<string, Member>();
  #link: Link | undefined;
  /** The answer to the last handshake. */
  response: Response | undefined;
  #opening: PromiseWithResolvers<void> | undefined;
  #decoder: Decoder;
  /** Packets behind one whose blobs are being read. */
  #waiting: EncodedPacket[] | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#decoder = settings.codec.createDecoder();
  }

  get isOffline(): boolean {
    return this.#link === undefined;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /**
   * Connects.
   *
   * @throws {ConnectError} If the server refuses, or ends the connection at once.
   */
  async open(): Promise<void> {
    const { createLink, codec, dial } = this.#settings;
    const link = createLink(this);
    const opening = Promise.withResolvers<void>();
    opening.promise.catch(() => {}); // dial() may fail before it is awaited
    this.#link = link;
    this.#opening = opening;
    this.#decoder = codec.createDecoder();
    try {
      await link.open(dial);
      this.response = link.response;
      await opening.promise;
      for (const member of this.members) member.onOnline();
    } catch (error) {
      if (this.#link === link) this.#link = undefined;
      throw error;
    }
  }

  /** Routes the packets of a namespace to `member`, and to no other any more. */
  add(member: Member): void {
    this.#members.set(member.namespace, member);
  }

  memberOf(namespace: string): Member | undefined {
    return this.#members.get(namespace);
  }

  /** Sends a packet; without a connection it is lost. */
  send(packet: Packet): void {
    const encoded = this.#settings.codec.encode(packet);
    if (this.#waiting !== undefined) this.#waiting.push(encoded);
    else if (encoded.ready === undefined) this.#write(encoded);
    else void this.#writeWhenReady(this.#waiting = [encoded]);
  }

  async #writeWhenReady(waiting: readonly EncodedPacket[]): Promise<void> {
    for (const encoded of waiting) { // which grows meanwhile
      try {
        this.#write(await encoded.ready ?? encoded);
      } catch (error) {
        reportError(error);
      }
    }
    this.#waiting = undefined;
  }

  #write({ frames }: EncodedPacket): void {
    this.#link?.send(frames.map((data) => ({ type: "message", data })));
  }

  onPacket({ type, data }: EnginePacket): void {
    switch (type) {
      case "open":
        return this.#opening?.resolve();
      case "ping":
        return this.#link?.send([{ type: "pong" }]);
      case "message":
        return this.#onMessage(data ?? "");
      case "close":
        return this.onEnd("transport close");
    }
  }

  #onMessage(frame: string | Uint8Array): void {
    let packet: Packet | undefined;
    try {
      packet = this.#decoder.add(frame);
    } catch {
      void this.close("parse error");
      return;
    }
    if (packet !== undefined) this.#members.get(packet.nsp)?.onPacket(packet);
  }

  onEnd(reason: ClientDisconnectReason, isDropped = false): void {
    if (this.#link === undefined) return;
    this.#link = undefined;
    this.#opening?.reject(new ConnectError(`Cannot connect: ${reason}`));
    for (const member of this.members) member.onEnd(reason, isDropped);
  }

  /** Ends the session if no namespace needs it. Resolves when the server knows. */
  async closeIfUnused(): Promise<void> {
    if (this.members.some(({ isActive }) => isActive)) return;
    await this.close("io client disconnect");
  }

  /** Ends the session. Resolves when the server knows. */
  async close(reason: ClientDisconnectReason): Promise<void> {
    const link = this.#link;
    this.onEnd(reason);
    await link?.close();
  }

  /** Loses the connection. */
  drop(isSilent: boolean): void {
    const link = this.#link;
    this.onEnd("transport close", true);
    link?.drop(isSilent);
  }

  pause(): void {
    this.#link?.pause();
  }

  resume(): void {
    this.#link?.resume();
  }
}
