/** What server and clients say to each other: each of them imports this file. */

/** A choice and how many have made it. */
export interface Standing {
  choice: string;
  votes: number;
}

/** Events that clients send. */
export interface ClientToServer {
  /** Answers whether the choice is one of those that there are. */
  vote: (choice: string, reply: (isCounted: boolean) => void) => void;
}

/** Events that the server sends. */
export interface ServerToClient {
  standings: (standings: Standing[]) => void;
}
