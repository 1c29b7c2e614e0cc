import plain from "./plain.mjs";

/**
 * An app whose sockets are in "room", and whose clients of `/control` say what is
 * sent to them.
 */
export default function recovery(io, report) {
  io.on("connection", (socket) => {
    if (!socket.recovered) {
      socket.join("room");
      socket.data.visits = 1;
    }
    report("connection", {
      id: socket.id,
      recovered: socket.recovered,
      rooms: [...socket.rooms].length,
      data: plain(socket.data),
    });
    socket.on("disconnect", (reason) => {
      report("disconnect", { id: socket.id, reason });
    });
  });
  io.of(/^\/room-\d$/).on("connection", (socket) => {
    socket.on("event", (answer) => {
      socket.emit("event");
      answer();
    });
    socket.on("disconnect", (reason) => {
      report("disconnect", { id: socket.id, reason });
    });
  });
  io.of("/control").on("connection", (socket) => {
    socket.on("to room", (event, ...args) => {
      const answer = args.pop();
      io.to("room").emit(event, ...args);
      answer();
    });
    socket.on("to all", (event, ...args) => {
      const answer = args.pop();
      io.emit(event, ...args);
      answer();
    });
    socket.on("to one", (id, event, ...args) => {
      const answer = args.pop();
      io.sockets.sockets.get(id).emit(event, ...args);
      answer();
    });
    socket.on("volatile", (event, answer) => {
      io.volatile.emit(event);
      answer();
    });
    socket.on("ask", (id, answer) => {
      io.sockets.sockets.get(id).emitWithAck("question").then(
        () => report("asked", { outcome: "answered" }),
        () => report("asked", { outcome: "failed" }),
      );
      answer();
    });
  });
}
