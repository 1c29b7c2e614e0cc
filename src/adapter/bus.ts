import type { ClusterMessage, ClusterReply } from "./cluster_message.ts";

/** Takes what a {@linkcode Bus} brings. */
export interface BusReceiver {
  /**
   * Takes a message of another member.
   *
   * @param message The message.
   * @param from Where an answer is to go: opaque, for {@linkcode Bus.reply}.
   */
  onMessage(message: ClusterMessage, from: string): void;
  /**
   * Takes an answer to a message of this member.
   *
   * @param reply The answer.
   * @param from The member that answers, where the bus knows it.
   */
  onReply(reply: ClusterReply, from: string | undefined): void;
  /** Hears that a member is gone: it answers no more. */
  onGone(member: string): void;
  /** Hears that something went wrong: a message was lost, or could not be read. */
  onError(error: unknown): void;
  /** Tells whether it has a socket in a room: a bus need not read what is for no other. */
  hasRoom?(room: string): boolean;
}

/**
 * What carries messages between the servers that serve one namespace.
 *
 * Messages of one member arrive in their order, never at the member itself, and at
 * most once. What could not be carried is reported, and lost.
 */
export interface Bus {
  /** Whether the members understand targets that are intersections of rooms. */
  readonly knowsIntersections: boolean;
  /** Joins the others. All is received from when it resolves, some perhaps before. */
  open(receiver: BusReceiver): Promise<void>;
  /**
   * Sends a message to all other members. Rejects if it could not be sent, which is
   * told once for an outage; throws if the message is at fault, which is always told.
   */
  publish(message: ClusterMessage): Promise<unknown> | void;
  /** Answers a message that came from `to`. Rejects if the answer could not be sent. */
  reply(reply: ClusterReply, to: string): Promise<unknown> | void;
  /** Counts the members, this one too. */
  serverCount(): Promise<number>;
  /** Names the other members, where it can: as {@linkcode BusReceiver} hears of them. */
  members?(): Iterable<string>;
  /** Resolves if a message could be sent and received now, and rejects otherwise. */
  check(): Promise<void>;
  /** Leaves the others, and lets go of all it holds. */
  close(): Promise<void>;
}
