import type { ClusterMessage } from "../cluster_message.ts";

/** What members ask of each other, as `@socket.io/redis-adapter` numbers it. */
export const RequestType: {
  readonly SOCKETS: 0;
  readonly ALL_ROOMS: 1;
  readonly REMOTE_JOIN: 2;
  readonly REMOTE_LEAVE: 3;
  readonly REMOTE_DISCONNECT: 4;
  readonly REMOTE_FETCH: 5;
  readonly SERVER_SIDE_EMIT: 6;
  readonly BROADCAST: 7;
  readonly BROADCAST_CLIENT_COUNT: 8;
  readonly BROADCAST_ACK: 9;
} = {
  SOCKETS: 0,
  ALL_ROOMS: 1,
  REMOTE_JOIN: 2,
  REMOTE_LEAVE: 3,
  REMOTE_DISCONNECT: 4,
  REMOTE_FETCH: 5,
  SERVER_SIDE_EMIT: 6,
  BROADCAST: 7,
  BROADCAST_CLIENT_COUNT: 8,
  BROADCAST_ACK: 9,
};

/** What a message looks like in Redis: JSON is text, MessagePack is bytes. */
export type ClassicBytes = string | Uint8Array;

/** The names of what the members of a namespace listen to. */
export interface ClassicChannels {
  /** Broadcasts; those to one room have its name and `#` behind it. */
  readonly broadcast: string;
  /** Matches the channels of all broadcasts. */
  readonly broadcastPattern: string;
  /** Requests to all members. */
  readonly request: string;
  /** Answers, which all members hear; those to one have its id and `#` behind it. */
  readonly response: string;
}

/** Names the channels of a namespace. */
export function classicChannels(key: string, nsp: string): ClassicChannels {
  const broadcast = `${key}#${nsp}#`;
  return {
    broadcast,
    broadcastPattern: `${broadcast.replace(/[\\*?[\]^]/g, "\\$&")}*`,
    request: `${key}-request#${nsp}#`,
    response: `${key}-response#${nsp}#`,
  };
}

/** A broadcast or a request, and who sent it. */
export interface ClassicMessage {
  /** The sender; emitters have no id of their own or none at all. */
  readonly uid: string | undefined;
  /** What it wants. */
  readonly message: ClusterMessage;
  /** Whether it wants the ids of sockets in place of their details. */
  readonly wantsIds: boolean;
}
