import type { Socket as EngineSocket } from "../engine/mod.ts";
import type { ConnectPacket, Decoder } from "../parser/mod.ts";
import { randomId } from "../random_id.ts";

/** What a client is told of a failure. */
export interface Failure {
  readonly message: string;
  readonly data?: unknown;
}

/** A client, as its dialect sees it. */
export interface Newcomer {
  /** Asks for a namespace on behalf of the client. */
  join(namespace: string, auth: unknown): void;
}

/** How clients of one revision of Socket.IO join namespaces. */
export interface Dialect {
  /** Whether their interrupted sessions can go on. */
  readonly recovers: boolean;
  /** Begins with a new client. */
  greet(client: Newcomer): void;
  /** Returns a decoder that gives packets as those of the present revision. */
  translate(decoder: Decoder): Decoder;
  /** Makes the id of a socket. */
  createId(conn: EngineSocket, namespace: string): string;
  /** What a client gets when it is in a namespace. */
  welcome(sid: string, pid: string | undefined): ConnectPacket["data"];
  /** What a client gets that may not join. */
  refusal(failure: Failure): unknown;
}

/** Revision 5, which clients speak since Socket.IO 3. */
export const DIALECT_5: Dialect = {
  recovers: true,
  greet() {},
  translate: (decoder) => decoder,
  createId: () => randomId(),
  welcome: (sid, pid) => ({ sid, pid }),
  refusal: (failure) => failure,
};
