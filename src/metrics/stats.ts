/** How many are where in one namespace of a server. */
export interface NamespaceStats {
  /** The namespace's name. */
  readonly name: string;
  /**
   * The same, but for a namespace that came into being because a client asked for it:
   * what its parent was made from, which is the same for any number of them.
   */
  readonly group: string;
  /** Sockets of this server in it. */
  readonly sockets: number;
  /** Rooms that sockets of this server are in: those of a single socket too. */
  readonly rooms: number;
}

/** How a server is, at one moment. */
export interface ServerStats {
  /** Clients' connections, by what carries them. */
  readonly clients: {
    /** Those on HTTP long-polling. */
    readonly polling: number;
    /** Those on a WebSocket. */
    readonly websocket: number;
  };
  /** Bytes that were sent to clients and have not left; a character of text may count as one. */
  readonly bufferedAmount: number;
  /** Answers of clients that are waited for. */
  readonly pendingAcknowledgements: number;
  /** Every namespace. */
  readonly namespaces: readonly NamespaceStats[];
}
