// @ts-check
/** Votes from a page, whose socket is typed by the same file as the server. */

/** @import { Socket } from "socket.io-client" */
/** @import { ClientToServer, ServerToClient } from "./events.ts" */

import { io } from "socket.io-client";

/** @type {Socket<ServerToClient, ClientToServer>} */
const socket = io();

/** Deno does not know the types of pages. */
const { document } = /** @type {any} */ (globalThis);
const list = document.querySelector("ul");

socket.on("standings", (standings) => {
  const items = standings.map(({ choice, votes }) => {
    const button = document.createElement("button");
    button.textContent = `${choice}: ${votes}`;
    button.onclick = () => socket.emitWithAck("vote", choice);
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  list.replaceChildren(...items);
});
