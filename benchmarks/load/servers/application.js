// The application under test: the same on every Socket.IO server. JavaScript,
// because Node and Bun run it too.
import process from "node:process";

/** Options for every server. */
export const options = {
  pingInterval: Number(process.env.PING_INTERVAL ?? 25000),
  pingTimeout: 20000,
  maxHttpBufferSize: 1e7,
};

const attachments = new Map();

/**
 * Registers the handlers.
 *
 * @param io The server.
 * @param bytes Makes so many ones, of the type that is natural to the runtime.
 */
export function register(io, bytes) {
  io.on("connection", (socket) => {
    socket.on("echo", (data) => {
      socket.emit("echo", data);
    });
    socket.on("ack", (data, reply) => {
      reply(data);
    });
    socket.on("join", async (room, reply) => {
      await socket.join(room);
      reply();
    });
    socket.on("leave", async (room, reply) => {
      await socket.leave(room);
      reply();
    });
    socket.on("bcast", (rooms, except, data) => {
      const target = io.to(rooms);
      (except ? target.except(except) : target).emit("news", data);
    });
    socket.on("bcastbin", (rooms, size) => {
      if (!attachments.has(size)) attachments.set(size, bytes(size));
      io.to(rooms).emit("bin", attachments.get(size));
    });
  });
}
