/**
 * Votes from Deno: the official client, typed by the server's events the other way round.
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/shared_types/client.ts tea
 *
 * @module
 */

import { io, type Socket } from "socket.io-client";
import type { ClientToServer, ServerToClient } from "./events.ts";

const [choice = "tea", url = "http://127.0.0.1:3000"] = Deno.args;
const socket: Socket<ServerToClient, ClientToServer> = io(url);

socket.on("standings", (standings) => {
  for (const { choice, votes } of standings) console.log(`${choice}: ${votes}`);
});
socket.on("connect_error", (error) => console.error(error.message));

const isCounted = await socket.emitWithAck("vote", choice);
console.log(isCounted ? `Voted for ${choice}` : `There is no ${choice}`);
socket.disconnect();
