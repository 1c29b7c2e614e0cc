import { rows as adapter } from "./api_adapter.mjs";
import { rows as broadcast } from "./api_broadcast.mjs";
import { rows as namespace } from "./api_namespace.mjs";
import { rows as server } from "./api_server.mjs";
import { rows as socket } from "./api_socket.mjs";
import plain from "./plain.mjs";

/** All rows of the API, by what they claim. */
const ROWS = { ...server, ...namespace, ...socket, ...broadcast, ...adapter };

/**
 * An app that does what a row says, for clients which are called a, b and c in the
 * order of their coming. A client asks for a row by `run` and gets its result.
 */
export default function api(io, report) {
  const sockets = {};
  const names = ["a", "b", "c"];
  io.on("connection", (socket) => {
    socket.data.name = names.shift();
    sockets[socket.data.name] = socket;
    socket.join(`room ${socket.data.name}`);
    socket.on("run", async (row, answer) => {
      try {
        const result = await ROWS[row].run({ io, report, ...sockets });
        answer(plain(result));
      } catch (error) {
        answer(`failed: ${error.stack}`);
      }
    });
    socket.on("flush", (answer) => answer());
  });
}
