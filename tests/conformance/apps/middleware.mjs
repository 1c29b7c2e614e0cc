/** An app whose namespaces have middlewares, each with its own idea. */
export default function middleware(io, report) {
  const held = [];

  io.on("connection", (socket) => {
    socket.on("echo", (...args) => socket.emit("echo", ...args));
    socket.on("release", (answer) => {
      for (const next of held.splice(0)) next();
      // Let them connect first.
      setTimeout(() => answer(io.of("/held").sockets.size), 0);
    });
  });

  io.of("/refused").use((_socket, next) => {
    next(Object.assign(new Error("Not you"), { data: { code: 42, of: [1] } }));
  });
  io.of("/refused-plainly").use((_socket, next) => next(new Error("No")));

  io.of("/refused-badly").use((_socket, next) => {
    next(Object.assign(new Error("No"), { data: { big: 1n } }));
  });

  io.of("/by-token").use((socket, next) => {
    const { token } = socket.handshake.auth;
    next(token === "good" ? undefined : new Error(`Bad token ${token}`));
  });
  io.of("/by-token").on("connection", (socket) => socket.emit("welcome"));

  // Whether there is a namespace of this name takes time to find out.
  io.of((name, _auth, next) => {
    if (name !== "/looked-up") return next(null, false);
    held.push(() => next(null, true));
    report("held", {});
  });

  io.of("/held").use((_socket, next) => {
    held.push(next);
    report("held", {});
  });
  io.of("/held").on(
    "connection",
    (socket) => report("joined", { id: socket.id }),
  );

  io.of("/early").use((socket, next) => {
    socket.emit("early", Uint8Array.of(1));
    next();
  });
  io.of("/early").on("connection", (socket) => socket.emit("late", 2));
}
