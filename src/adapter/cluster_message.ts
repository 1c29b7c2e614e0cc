import type { Packet } from "../parser/mod.ts";
import type { Room, SocketDetails, Target } from "./adapter.ts";

/** What a server asks of all that serve the same namespace, and does itself. */
export type ClusterAction =
  /** Send a packet to your sockets. */
  | {
    readonly type: "broadcast";
    readonly packet: Packet;
    readonly target: Target;
  }
  /** Add your sockets to rooms. */
  | {
    readonly type: "join";
    readonly target: Target;
    readonly rooms: readonly Room[];
  }
  /** Take your sockets out of rooms. */
  | {
    readonly type: "leave";
    readonly target: Target;
    readonly rooms: readonly Room[];
  }
  /** Disconnect your sockets. */
  | {
    readonly type: "disconnect";
    readonly target: Target;
    readonly close: boolean;
  };

/** What a server asks of all others that serve the same namespace. */
export type ClusterMessage =
  | ClusterAction
  /** Send a packet to your sockets, tell how many they are, and send each answer. */
  | {
    readonly type: "broadcast_with_ack";
    readonly requestId: string;
    readonly packet: Packet;
    readonly target: Target;
  }
  /** List your sockets. */
  | {
    readonly type: "fetch";
    readonly requestId: string;
    readonly target: Target;
  }
  /** List your rooms. */
  | { readonly type: "rooms"; readonly requestId: string }
  /** An event for the application itself; it wants an answer if it has an id. */
  | {
    readonly type: "server_side_emit";
    readonly requestId: string | undefined;
    readonly args: readonly unknown[];
  };

/** What a server answers to the one that asked. */
export type ClusterReply =
  /** To `broadcast_with_ack`: how many sockets get the packet. */
  | {
    readonly type: "client_count";
    readonly requestId: string;
    readonly count: number;
  }
  /** To `broadcast_with_ack`: what one client answers. */
  | {
    readonly type: "ack";
    readonly requestId: string;
    readonly answer: unknown;
  }
  /** To `fetch`. */
  | {
    readonly type: "sockets";
    readonly requestId: string;
    readonly sockets: readonly SocketDetails[];
  }
  /** To `rooms`. */
  | {
    readonly type: "room_list";
    readonly requestId: string;
    readonly rooms: readonly Room[];
  }
  /** To `server_side_emit`. */
  | {
    readonly type: "server_side_answer";
    readonly requestId: string;
    readonly answer: unknown;
  };
