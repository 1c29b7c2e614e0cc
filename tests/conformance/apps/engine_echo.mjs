import observe from "./observe.mjs";

/**
 * Sends every message back, but obeys three: `!close` closes the session, `!note`
 * reports that it came, `!volley N` sends N messages, one in each turn of the
 * event loop.
 */
export default function engineEcho(engine, report) {
  observe(engine, report);
  engine.on("connection", (socket) => {
    socket.on("message", (data) => {
      const [command, argument] = String(data).split(" ");
      if (data === "!close") socket.close();
      else if (data === "!note") report("note", { sid: socket.id });
      else if (command === "!volley") volley(socket, Number(argument));
      else socket.send(data);
    });
  });
}

function volley(socket, count, sent = 0) {
  if (sent === count) return;
  socket.send(`volley ${sent}`);
  setTimeout(() => volley(socket, count, sent + 1), 0);
}
