/** Reports what an Engine.IO server goes through. */
export default function observe(engine, report) {
  engine.on("connection_error", ({ code, message, context }) => {
    report("refused", { code, message, context });
  });
  engine.on("connection", (socket) => {
    socket.on("upgrade", () => report("upgrade", { sid: socket.id }));
    socket.on("close", (reason) => {
      report("close", { sid: socket.id, reason });
    });
  });
}
