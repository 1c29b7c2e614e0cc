import type { ClusterMessage, ClusterReply, Target } from "../adapter/mod.ts";
import { decodeMsgpack, encodeMsgpack } from "../parser/msgpack/mod.ts";

/** The name and value of headers, in their order. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** What one worker sends to another. */
export type Frame =
  /** I serve this namespace from now on; I do no more. */
  | { readonly type: "join"; readonly channel: string }
  | { readonly type: "leave"; readonly channel: string }
  /** Between the adapters of a namespace. */
  | {
    readonly type: "message";
    readonly channel: string;
    readonly message: ClusterMessage;
  }
  | {
    readonly type: "reply";
    readonly channel: string;
    readonly reply: ClusterReply;
  }
  /** Of a request that one worker, the front, got for another, its owner. */
  | {
    readonly type: "stream";
    /** The number that the front has given it. */
    readonly stream: number;
    readonly from: Role;
    readonly part: StreamPart;
  };

/** Who of the two workers of a stream sends. */
export type Role = "front" | "owner";

/** What is sent in a stream. */
export type StreamPart =
  /** The request. */
  | {
    readonly type: "request";
    readonly method: string;
    readonly url: string;
    readonly headers: HeaderList;
    readonly hasBody: boolean;
  }
  /** The head of the answer. */
  | {
    readonly type: "response";
    readonly status: number;
    readonly headers: HeaderList;
  }
  /** The request is accepted as a WebSocket by the owner; it has opened at the front. */
  | { readonly type: "accepted" }
  | { readonly type: "opened" }
  /** A part of a body, or a message of the WebSocket. */
  | { readonly type: "data"; readonly data: string | Uint8Array<ArrayBuffer> }
  /** How many bytes wait for the client of the WebSocket. */
  | { readonly type: "buffered"; readonly bytes: number }
  /** The body is complete. */
  | { readonly type: "end" }
  /** The WebSocket is to close, or has closed. */
  | {
    readonly type: "close";
    readonly code: number | undefined;
    readonly reason: string;
    /** What broke it, if anything did. */
    readonly failure: string | undefined;
  }
  /** The front ends: its client is to get an answer now, and to go on elsewhere. */
  | { readonly type: "release" }
  /** The other side wants no more. */
  | { readonly type: "cancel" };

/**
 * Writes a frame.
 *
 * @throws {MsgpackError} If there is something in it that msgpack cannot hold.
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  return encodeMsgpack(
    frame.type === "message"
      ? { ...frame, message: withLists(frame.message) }
      : frame.type === "reply"
      ? { ...frame, reply: withRoomLists(frame.reply) }
      : frame,
  );
}

/**
 * Reads a frame, of which it is known that {@linkcode encodeFrame} wrote it.
 *
 * @throws {MsgpackError} If it did not.
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  const frame = decodeMsgpack(bytes) as Frame; // nobody else has the secret to send one
  return frame.type === "message"
    ? { ...frame, message: withSets(frame.message) }
    : frame.type === "reply"
    ? { ...frame, reply: withRoomSets(frame.reply) }
    : frame;
}

/** A target as it is sent. */
interface TargetLists {
  readonly rooms: readonly string[];
  readonly and: readonly (readonly string[])[] | undefined;
  readonly except: readonly string[];
  readonly flags: Target["flags"];
}

function withLists(message: ClusterMessage): unknown {
  if (!("target" in message)) return message;
  const { rooms, and, except, flags } = message.target;
  const target: TargetLists = {
    rooms: [...rooms],
    and: and?.map((rooms) => [...rooms]),
    except: [...except],
    flags,
  };
  return { ...message, target };
}

function withSets(message: ClusterMessage): ClusterMessage {
  if (!("target" in message)) return message;
  const { rooms, and, except, flags } = message
    .target as unknown as TargetLists; // as it was sent
  const target: Target = {
    rooms: new Set(rooms),
    except: new Set(except),
    ...(and === undefined ? {} : { and: and.map((rooms) => new Set(rooms)) }),
    ...(flags === undefined ? {} : { flags }),
  };
  return { ...message, target };
}

function withRoomLists(reply: ClusterReply): unknown {
  if (reply.type !== "sockets") return reply;
  const sockets = reply.sockets.map(({ id, handshake, data, rooms }) => (
    { id, handshake, data, rooms: [...rooms] }
  ));
  return { ...reply, sockets };
}

function withRoomSets(reply: ClusterReply): ClusterReply {
  if (reply.type !== "sockets") return reply;
  const sockets = reply.sockets.map((socket) => (
    { ...socket, rooms: new Set(socket.rooms) }
  ));
  return { ...reply, sockets };
}
