import plain from "./plain.mjs";

/** What the `special` event sends, by name. */
const SPECIALS = {
  nothing: () => [],
  "no values": () => [undefined, null, NaN],
  date: () => [new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6))],
  toJSON: () => [{ toJSON: () => ({ seen: true }) }],
  "toJSON with bytes":
    () => [{ toJSON: () => ({ bytes: Uint8Array.of(1, 2) }) }],
  nested: () => [{ a: [{ b: Uint8Array.of(1) }, "c"], d: Uint8Array.of(2) }],
  subarray: () => [Uint8Array.of(0, 1, 2, 3).subarray(1, 3)],
  "array buffer": () => [Uint8Array.of(7, 8).buffer],
  "data view": () => [new DataView(Uint8Array.of(5, 6, 7).buffer, 1)],
  "no bytes": () => [new Uint8Array(0)],
  "same bytes twice": () => {
    const bytes = Uint8Array.of(9);
    return [bytes, bytes];
  },
  "a lone surrogate": () => ["\ud800"],
};

/**
 * An app with the namespaces `/`, `/custom` and `/ünï`, and those that match
 * `/dyn-<digits>`. What its sockets do is listed in `serve()`; an event that they
 * do not know is reported.
 */
export default function basic(io, report) {
  serve(io.of("/"), report);
  serve(io.of("/custom"), report);
  serve(io.of("/ünï"), report);
  serve(io.of(/^\/dyn-\d+$/), report);
}

function serve(namespace, report) {
  namespace.on("connection", (socket) => {
    const known = {
      echo: (...args) => socket.emit("echo", ...args),
      ask: (...args) => {
        const answer = args.pop();
        answer(...args);
      },
      "ask twice": (answer) => {
        answer("first");
        answer("second");
      },
      auth: (answer) => answer(socket.handshake.auth),
      question: (...args) =>
        socket.emit("question", ...args, (...answers) => {
          report("answer", { id: socket.id, answers: plain(answers) });
        }),
      special: (name) => socket.emit("special", ...SPECIALS[name]()),
      burst: () => {
        for (let i = 0; i < 3; i++) {
          socket.emit("bytes", Uint8Array.of(i), Uint8Array.of(i, i));
          socket.emit("text", i);
        }
      },
      room: (room) => {
        socket.join(room);
        socket.nsp.to(room).emit("room", room);
        socket.leave(room);
      },
      leave: (close) => socket.disconnect(close),
      ignore: () => {},
    };
    for (const [name, listener] of Object.entries(known)) {
      socket.on(name, listener);
    }
    socket.onAny((name, ...args) => {
      if (!Object.hasOwn(known, name)) {
        report("event", { id: socket.id, name, args: plain(args) });
      }
    });
    socket.on("disconnect", (reason) => {
      report("disconnect", {
        id: socket.id,
        namespace: socket.nsp.name,
        reason,
      });
    });
  });
}
