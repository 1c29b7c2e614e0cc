import { all, namesOf, once, thrown } from "./api_tools.mjs";

/** Rows of the server's API. */
export const rows = {
  "Server.emit() reaches all": {
    run: ({ io }) => io.emit("news", 1, { two: [2] }),
    result: true,
    heard: all(["news", 1, { two: [2] }]),
  },
  "Server.send() and write() send a message, and return the server": {
    run: ({ io }) => [io.send(1) === io, io.write(2) === io],
    result: [true, true],
    heard: all(["message", 1], ["message", 2]),
  },
  "Server.to() and in() choose rooms, except() leaves some out": {
    run({ io }) {
      io.to("room a").emit("news", 1);
      io.in(["room a", "room b"]).emit("news", 2);
      io.except("room a").emit("news", 3);
      io.to("room a").to("room b").except("room b").emit("news", 4);
    },
    heard: {
      a: [["news", 1], ["news", 2], ["news", 4]],
      b: [["news", 2], ["news", 3]],
      c: [["news", 3]],
    },
  },
  "Server.local, volatile and compress() reach all here": {
    run({ io }) {
      io.local.emit("news", 1);
      io.compress(true).emit("news", 3);
    },
    heard: all(["news", 1], ["news", 3]),
  },
  "Server.emitWithAck() resolves with all answers": {
    run: async ({ io }) => (await io.timeout(5_000).emitWithAck("ask")).sort(),
    result: ["a", "b", "c"],
    heard: all(["ask"]),
  },
  "Server.timeout().emit() gives all answers to a callback": {
    run: ({ io }) =>
      new Promise((resolve) =>
        io.timeout(5_000).emit(
          "ask",
          (error, answers) => resolve([error, answers.sort()]),
        )
      ),
    result: [null, ["a", "b", "c"]],
    heard: all(["ask"]),
  },
  "Server.timeout() fails with the answers that came": {
    async run({ io, a, b, c }) {
      a.join("asked");
      b.join("asked");
      c.emit("be quiet");
      c.join("asked");
      await c.timeout(5_000).emitWithAck("ask once more");
      const error = await io.to("asked").timeout(100).emitWithAck("ask").catch(
        (error) => error,
      );
      return [error.message, error.responses.sort()];
    },
    result: ["operation has timed out", ["a", "b"]],
    heard: {
      a: [["ask"]],
      b: [["ask"]],
      c: [["be quiet"], ["ask once more"], ["ask"]],
    },
  },
  "Server.fetchSockets() finds sockets with what they are": {
    async run({ io, b }) {
      const sockets = await io.in("room b").fetchSockets();
      const [found] = sockets;
      return [
        namesOf(await io.fetchSockets()),
        namesOf(await io.except("room b").fetchSockets()),
        found.id === b.id,
        [...found.rooms].length,
        found.handshake.url === b.handshake.url,
      ];
    },
    result: [["a", "b", "c"], ["a", "c"], true, 2, true],
  },
  "Server.socketsJoin() and socketsLeave() change rooms": {
    async run({ io }) {
      io.in(["room a", "room b"]).socketsJoin(["new", "newer"]);
      io.in("room b").socketsLeave("newer");
      return [
        namesOf(await io.in("new").fetchSockets()),
        namesOf(await io.in("newer").fetchSockets()),
      ];
    },
    result: [["a", "b"], ["a"]],
  },
  "Server.disconnectSockets() disconnects the chosen": {
    async run({ io, b }) {
      const gone = once(b, "disconnect");
      io.in("room b").disconnectSockets();
      return [(await gone)[0], io.sockets.sockets.size];
    },
    result: ["server namespace disconnect", 2],
    heard: { a: [], b: [["disconnect", "io server disconnect"]], c: [] },
  },
  "Server.allSockets() gives ids": {
    run: async ({ io, b, c }) => [
      (await io.allSockets()).size,
      [...await io.in("room b").allSockets()].map((id) => id === b.id),
      (await io.in(["room b", "room c"]).allSockets()).has(c.id),
    ],
    result: [3, [true], true],
  },
  "Server.serverSideEmit() refuses names of its own": {
    run: ({ io }) => [
      thrown(() => io.serverSideEmit("connection")),
      thrown(() => io.serverSideEmit("connect")),
      thrown(() => io.serverSideEmit("new_namespace")),
    ],
    result: [
      '"connection" is a reserved event name',
      '"connect" is a reserved event name',
      '"new_namespace" is a reserved event name',
    ],
  },
  "Server.emit() refuses names of its own": {
    run: ({ io, a }) =>
      ["connect", "connect_error", "disconnect", "disconnecting", "newListener"]
        .map((
          name,
        ) => [thrown(() => io.emit(name)), thrown(() => a.emit(name))]),
    result: [
      "connect",
      "connect_error",
      "disconnect",
      "disconnecting",
      "newListener",
    ].map((name) => Array(2).fill(`"${name}" is a reserved event name`)),
  },
  "Server is an emitter of the main namespace": {
    run({ io }) {
      const listener = () => {};
      io.on("connection", listener).once("connection", listener);
      const count = io.listenerCount("connection");
      io.off("connection", listener);
      io.removeListener("connection", listener);
      return [
        count,
        io.sockets.listenerCount("connection"),
        io.listeners("connection").length,
        io.eventNames().includes("connection"),
      ];
    },
    result: [3, 1, 1, true],
  },
  "Server.sockets is the main namespace, of() finds it": {
    run: ({ io }) => [
      io.sockets === io.of("/"),
      io.of("named") === io.of("/named"),
      io.of("/named").name,
      io.sockets.name,
    ],
    result: [true, true, "/named", "/"],
  },
  "Server tells of a new namespace": {
    async run({ io }) {
      const told = once(io, "new_namespace");
      const created = io.of("/new");
      const [namespace] = await told;
      return namespace === created;
    },
    result: true,
  },
  "Server.path(), connectTimeout(), adapter() and serveClient() are told and set":
    {
      run({ io }) {
        const before = [io.path(), io.connectTimeout()];
        const isSame = [
          io.path("/other/") === io,
          io.connectTimeout(1_000) === io,
          io.adapter(io.adapter()) === io,
          io.serveClient(false) === io,
        ];
        return [
          before,
          isSame,
          io.path(),
          io.connectTimeout(),
          io.serveClient(),
        ];
      },
      result: [
        ["/socket.io", 45_000],
        [true, true, true, true],
        "/other",
        1_000,
        false,
      ],
    },
  "Server.engine counts clients": {
    run: ({ io }) => io.engine.clientsCount,
    result: 3,
  },
};
