/** Rows of the adapter. */
export const rows = {
  "Adapter.rooms and sids tell who is where": {
    run({ io, a }) {
      const { adapter } = io.of("/");
      return [
        [...adapter.rooms.keys()].filter((room) => room.startsWith("room"))
          .sort(),
        adapter.rooms.get("room a").has(a.id),
        [...adapter.sids.get(a.id)].length,
        adapter.sids.size,
        adapter.rooms.get("nobody"),
      ];
    },
    result: [["room a", "room b", "room c"], true, 2, 3, null],
  },
  "Adapter tells of rooms that come, change and go": {
    async run({ io, a, b }) {
      const { adapter } = io.of("/");
      const heard = [];
      const names = { [a.id]: "a", [b.id]: "b" };
      for (
        const event of ["create-room", "join-room", "leave-room", "delete-room"]
      ) {
        adapter.on(event, (room, id) => heard.push([event, room, names[id]]));
      }
      await a.join("x");
      await b.join("x");
      await a.join("x");
      await a.leave("x");
      await b.leave("x");
      await b.leave("x");
      return heard;
    },
    result: [
      ["create-room", "x", null],
      ["join-room", "x", "a"],
      ["join-room", "x", "b"],
      ["leave-room", "x", "a"],
      ["leave-room", "x", "b"],
      ["delete-room", "x", null],
    ],
  },
  "Adapter.sockets() and socketRooms() look up": {
    async run({ io, a }) {
      const { adapter } = io.of("/");
      return [
        (await adapter.sockets(new Set())).size,
        [...await adapter.sockets(new Set(["room a"]))].map((id) =>
          id === a.id
        ),
        [...adapter.socketRooms(a.id)].includes("room a"),
        adapter.socketRooms("nobody"),
      ];
    },
    result: [3, [true], true, null],
  },
  "Adapter.serverCount() counts this server": {
    run: ({ io }) => io.of("/").adapter.serverCount(),
    result: 1,
  },
  "Adapter.addAll(), del() and delAll() change rooms": {
    async run({ io, a }) {
      const { adapter } = io.of("/");
      await adapter.addAll(a.id, new Set(["x", "y"]));
      await adapter.del(a.id, "y");
      const rooms = [...a.rooms].length;
      adapter.delAll(a.id);
      return [rooms, a.rooms.size, adapter.sids.has(a.id)];
    },
    result: [3, 0, false],
  },
};
