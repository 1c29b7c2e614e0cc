import type { Packet } from "../../engine_parser/mod.ts";
import type { EncodedMessage } from "../message.ts";

/** How a session's bytes travel. */
export type TransportName = "polling" | "websocket";

/** Carries one session, or a part of its life. */
export interface Transport {
  readonly name: TransportName;
  /** Whether a message written now leaves at once: volatile ones are dropped otherwise. */
  readonly writable: boolean;
  /** Bytes that were written and have not left. */
  readonly bufferedAmount: number;
  /** Whether more than so many bytes were written and have not left. */
  hasBuffered(bytes: number): boolean;
  /** Sends `message`, now or as soon as the peer can be reached. */
  write(message: EncodedMessage): void;
  /** Tells the peer of the end behind all that was written, then calls `done`. */
  finish(done: () => void): void;
  /** Ends the transport. No owner's method is called after it. */
  close(ending: TransportEnding): void;
}

/** Who ended a transport, which decides what the peer is told. */
export type TransportEnding = "server closes" | "peer closed" | "failed";

/** A limit that a client can exceed by what it sends over a transport. */
export type TransportLimit = "maxHttpBufferSize" | "packetsPerPayload";

/** What a transport tells whoever holds it: a session, or an upgrade under way. */
export interface TransportOwner {
  onPacket(packet: Packet): void;
  /** The peer sent more than it may. What comes of it is told next, if anything does. */
  onLimitExceeded(limit: TransportLimit): void;
  /** Bytes arrived that are no packet. */
  onPacketError(error: unknown): void;
  /** The peer broke the transport's rules, or the connection failed. */
  onTransportError(description: CloseDescription): void;
  /** The connection ended in order. */
  onTransportClose(description: CloseDescription): void;
  /** What had been written was taken over by the runtime. */
  onFlush(): void;
}

/** What is known of the end of a connection, beside the reason. */
export interface CloseDescription {
  /** What happened, for people. */
  readonly description: string;
  /** More about it: a WebSocket close code, or the error that was caught. */
  readonly context?: unknown;
}
