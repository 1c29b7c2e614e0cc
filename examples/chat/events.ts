/** What the page and the server say to each other. */

/** Somebody in a room. */
export interface Member {
  /** The id of the socket: two people may have the same name. */
  id: string;
  name: string;
}

/** A room and how many people are in it. */
export interface RoomSummary {
  name: string;
  count: number;
}

/** Something that somebody said. */
export interface Message {
  from: Member;
  text: string;
  /** When the server received it, in milliseconds since 1970. */
  time: number;
}

/** The answer to a wish to join a room. */
export type JoinReply = { room: string; members: Member[] } | { error: string };

/** Events that the page sends. */
export interface ClientToServerEvents {
  /** Goes into a room, and with that out of the one before. */
  join: (room: string, reply: (result: JoinReply) => void) => void;
  message: (text: string) => void;
  /** Repeated while the typing goes on, so that receivers can time it out. */
  typing: (active: boolean) => void;
}

/** Events that the server sends; all but `rooms` are about the room one is in. */
export interface ServerToClientEvents {
  rooms: (rooms: RoomSummary[]) => void;
  joined: (member: Member) => void;
  left: (member: Member) => void;
  message: (message: Message) => void;
  typing: (member: Member, active: boolean) => void;
}

/** What the server knows of a connection. */
export interface SocketData {
  name: string;
  room?: string | undefined;
}
