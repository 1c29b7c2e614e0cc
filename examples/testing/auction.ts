/**
 * An auction that ends a minute after the last bid. It makes a server and listens
 * nowhere, so that `auction_test.ts` can test it without a port.
 *
 * @module
 */

import { type DefaultEventsMap, Server } from "@deno-socketio/server";

/** Events that bidders send. */
export interface ClientToServer {
  bid: (amount: number, reply: (accepted: boolean) => void) => void;
}

/** Events that bidders get. */
export interface ServerToClient {
  highest: (amount: number, bidder: string) => void;
  sold: (amount: number, bidder: string) => void;
}

/** What the server knows of a bidder. */
export interface Bidder {
  name: string;
}

/** Milliseconds without a bid after which the auction ends. */
export const PATIENCE = 60_000;

/** Makes the server of an auction. */
export function createAuction() {
  const io = new Server<
    ClientToServer,
    ServerToClient,
    DefaultEventsMap,
    Bidder
  >();
  let highest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  io.use((socket) => {
    const { name } = socket.handshake.auth;
    if (typeof name !== "string") throw new Error("Tell us your name");
    socket.data = { name };
  });
  io.on("connection", (socket) => {
    const { name } = socket.data;
    socket.handle("bid", (amount) => {
      if (typeof amount !== "number" || !(amount > highest)) return false;
      highest = amount;
      clearTimeout(timer);
      timer = setTimeout(() => io.emit("sold", amount, name), PATIENCE);
      socket.broadcast.emit("highest", amount, name);
      return true;
    });
  });
  return io;
}
