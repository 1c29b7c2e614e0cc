import { all, namesOf, once } from "./api_tools.mjs";

/** Rows of broadcast operators and remote sockets. */
export const rows = {
  "BroadcastOperator is not changed by its methods": {
    async run({ io }) {
      const target = io.to("room a");
      target.to("room b");
      target.except("room a");
      const volatile = target.volatile;
      return [
        namesOf(await target.fetchSockets()),
        volatile !== target,
        namesOf(await target.in("room c").fetchSockets()),
      ];
    },
    result: [["a"], true, ["a", "c"]],
  },
  "BroadcastOperator sends to each socket once": {
    run({ io, a }) {
      a.join(["x", "y"]);
      io.to("x").to("y").to("room a").emit("news");
      return io.to("nobody").emit("news");
    },
    result: true,
    heard: { a: [["news"]], b: [], c: [] },
  },
  "BroadcastOperator.emitWithAck() resolves with answers": {
    run: async ({ io }) =>
      (await io.to(["room a", "room b"]).timeout(5_000).emitWithAck("ask", 1))
        .sort(),
    result: ["a", "b"],
    heard: { a: [["ask", 1]], b: [["ask", 1]], c: [] },
  },
  "BroadcastOperator.emitWithAck() to nobody resolves with nothing": {
    run: ({ io }) => io.to("nobody").timeout(5_000).emitWithAck("ask"),
    result: [],
  },
  "BroadcastOperator.socketsJoin(), socketsLeave() and disconnectSockets() act":
    {
      async run({ io, c }) {
        io.to("room c").socketsJoin(["x", "y"]);
        io.to("x").socketsLeave(["y"]);
        const rooms = [...c.rooms].filter((room) => room !== c.id).sort();
        const gone = once(c, "disconnect");
        io.to("x").disconnectSockets(true);
        return [rooms, (await gone)[0]];
      },
      result: [["room c", "x"], "server namespace disconnect"],
      heard: { a: [], b: [], c: [["disconnect", "io server disconnect"]] },
    },
  "A broadcast with bytes reaches all": {
    run: ({ io }) => io.emit("news", { bytes: Uint8Array.of(1, 2) }),
    result: true,
    heard: all(["news", { bytes: { bytes: [1, 2] } }]),
  },
  "RemoteSocket has id, handshake, rooms and data": {
    async run({ io, b }) {
      const [remote] = await io.in("room b").fetchSockets();
      return [
        remote.id === b.id,
        remote.handshake.query.EIO,
        [...remote.rooms].length,
        remote.data,
      ];
    },
    result: [true, "4", 2, { name: "b" }],
  },
  "RemoteSocket.emit(), join(), leave() and disconnect() act on it": {
    async run({ io, b }) {
      const [remote] = await io.in("room b").fetchSockets();
      remote.emit("news", 1);
      remote.join("x");
      remote.join(["y", "z"]);
      remote.leave("y");
      const rooms = [...b.rooms].filter((room) => room !== b.id).sort();
      const gone = once(b, "disconnect");
      remote.disconnect(true);
      return [rooms, (await gone)[0]];
    },
    result: [["room b", "x", "z"], "server namespace disconnect"],
    heard: {
      a: [],
      b: [["news", 1], ["disconnect", "io server disconnect"]],
      c: [],
    },
  },
  "RemoteSocket.timeout() gives the one answer": {
    async run({ io }) {
      const [remote] = await io.in("room b").fetchSockets();
      return await new Promise((resolve) =>
        remote.timeout(5_000).emit("ask", (...answer) => resolve(answer))
      );
    },
    result: [null, "b"],
    heard: { a: [], b: [["ask"]], c: [] },
  },
};
