import type { ClusterMessage } from "../adapter/mod.ts";

/** What carries the messages of an emitter to servers. */
export interface Outlet {
  /**
   * Sends a message to all servers of a namespace.
   *
   * @returns A promise that resolves when it is on its way for certain.
   * @throws {Error} If something in it cannot be encoded.
   */
  send(message: ClusterMessage, nsp: string): Promise<unknown>;
}
