import { namesOf, thrown } from "./api_tools.mjs";

/** Rows of the namespaces' API. */
export const rows = {
  "Namespace.sockets holds its sockets by id": {
    run: ({ io, a }) => {
      const { sockets } = io.of("/");
      return [sockets.size, sockets.get(a.id) === a, sockets.has("nobody")];
    },
    result: [3, true, false],
  },
  "Namespace.emit() and send() reach its sockets alone": {
    run({ io }) {
      io.of("/other").emit("news");
      io.of("/").emit("news", 1);
      io.of("/").send(2);
    },
    heard: {
      a: [["news", 1], ["message", 2]],
      b: [["news", 1], ["message", 2]],
      c: [["news", 1], ["message", 2]],
    },
  },
  "Namespace.to(), except() and fetchSockets() choose": {
    run: async ({ io }) => [
      namesOf(await io.of("/").to("room a").fetchSockets()),
      namesOf(await io.of("/").except(["room a", "room b"]).fetchSockets()),
      namesOf(await io.of("/other").fetchSockets()),
    ],
    result: [["a"], ["c"], []],
  },
  "Namespace.use() returns the namespace": {
    run: ({ io }) => {
      const namespace = io.of("/used");
      return namespace.use((_socket, next) => next()) === namespace;
    },
    result: true,
  },
  "A static namespace joins the parent that its name fits": {
    run({ io }) {
      const parent = io.of(/^\/fits-\d$/);
      const child = io.of("/fits-1");
      return [
        parent.children.has(child),
        parent.children.size,
        io.of("/fits-x") === io.of("/fits-x"),
        parent.children.size,
      ];
    },
    result: [true, 1, true, 1],
  },
  "A parent namespace fetches no sockets of children that have none": {
    run({ io }) {
      const parent = io.of(/^\/empty-\d$/);
      return [parent.children.size, /^\/_\d+$/.test(parent.name)];
    },
    result: [0, true],
  },
  "A namespace has the listeners that its parent had": {
    run({ io }) {
      const parent = io.of(/^\/heard-\d$/);
      parent.on("connection", () => {});
      return io.of("/heard-1").listenerCount("connection");
    },
    result: 1,
  },
  "Namespace.emit() refuses names of its own": {
    run: ({ io }) => thrown(() => io.of("/other").emit("disconnect")),
    result: '"disconnect" is a reserved event name',
  },
  "Namespace.adapter belongs to it": {
    run: ({ io }) => [
      io.of("/").adapter.nsp === io.of("/") ||
      io.of("/").adapter.nsp.name === "/",
      io.of("/other").adapter !== io.of("/").adapter,
    ],
    result: [true, true],
  },
  "Namespace.server is the server": {
    run: ({ io, a }) => [
      io.of("/other").server === io,
      a.nsp.server === io,
      io.of(/^\/served-\d$/).server === io,
    ],
    result: [true, true, true],
  },
  "Namespace tells of a socket as connect, then as connection": {
    async run({ io, a }) {
      const heard = [];
      const namespace = io.of("/both", () => heard.push("of"));
      namespace.on("connection", () => heard.push("connection"));
      namespace.on("connect", () => heard.push("connect"));
      const socket = await enter(io, a, "/both");
      return [heard, socket.nsp === namespace, socket.client === a.client];
    },
    result: [["of", "connect", "connection"], true, true],
    heard: { a: [["enter", "/both"]], b: [], c: [] },
  },
  "Namespace.use() refuses with message and data": {
    async run({ io, a }) {
      io.of("/closed").use((socket, next) => {
        const error = new Error("not you");
        error.data = { token: socket.handshake.auth.token };
        next(error);
      });
      return await a.emitWithAck("enter", "/closed");
    },
    result: { message: "not you", data: {} },
    heard: { a: [["enter", "/closed"]], b: [], c: [] },
  },
  "A parent namespace sends to all its children": {
    async run({ io, a, b, c }) {
      const parent = io.of(/^\/child-\d$/);
      parent.on("connection", (socket) => socket.join(socket.nsp.name));
      await enter(io, a, "/child-1");
      await enter(io, b, "/child-2");
      await enter(io, c, "/child-2");
      parent.emit("news", 1);
      parent.send(2);
      parent.to("/child-1").emit("news", 3);
      parent.except("/child-1").emit("news", 4);
      parent.local.emit("news", Uint8Array.of(5));
      return Array.from(parent.children, ({ name, sockets }) => [
        name,
        sockets.size,
      ]);
    },
    result: [["/child-1", 1], ["/child-2", 2]],
    heard: {
      a: [
        ["enter", "/child-1"],
        ["/child-1", "news", 1],
        ["/child-1", "message", 2],
        ["/child-1", "news", 3],
        ["/child-1", "news", { bytes: [5] }],
      ],
      b: [
        ["enter", "/child-2"],
        ["/child-2", "news", 1],
        ["/child-2", "message", 2],
        ["/child-2", "news", 4],
        ["/child-2", "news", { bytes: [5] }],
      ],
      c: [
        ["enter", "/child-2"],
        ["/child-2", "news", 1],
        ["/child-2", "message", 2],
        ["/child-2", "news", 4],
        ["/child-2", "news", { bytes: [5] }],
      ],
    },
  },
  "A parent namespace asks the clients of all its children": {
    async run({ io, a, b }) {
      const parent = io.of(/^\/asked-\d$/);
      await enter(io, a, "/asked-1");
      await enter(io, b, "/asked-2");
      return [
        (await parent.timeout(5_000).emitWithAck("ask")).sort(),
        (await parent.fetchSockets()).length,
        (await parent.allSockets()).size,
      ];
    },
    result: [["a", "b"], 2, 2],
    heard: {
      a: [["enter", "/asked-1"], ["/asked-1", "ask"]],
      b: [["enter", "/asked-2"], ["/asked-2", "ask"]],
      c: [],
    },
  },
  "A parent namespace moves and disconnects the sockets of all its children": {
    async run({ io, a, b }) {
      const parent = io.of(/^\/moved-\d$/);
      const one = await enter(io, a, "/moved-1");
      const two = await enter(io, b, "/moved-2");
      parent.socketsJoin("x");
      const joined = [one.rooms.has("x"), two.rooms.has("x")];
      parent.in("x").socketsLeave("x");
      parent.disconnectSockets();
      return [joined, one.rooms.has("x"), one.connected, two.connected];
    },
    result: [[true, true], false, false, false],
    heard: {
      a: [
        ["enter", "/moved-1"],
        ["/moved-1", "disconnect", "io server disconnect"],
      ],
      b: [
        ["enter", "/moved-2"],
        ["/moved-2", "disconnect", "io server disconnect"],
      ],
      c: [],
    },
  },
  "A function decides with the client's credentials, now or later": {
    async run({ io, a }) {
      const asked = [];
      io.of((name, auth, next) => {
        asked.push([name, auth]);
        setTimeout(() => next(null, name === "/yes"));
      });
      io.of((name, _auth, next) => setTimeout(next, 1, null, name === "/late"));
      return [
        await a.emitWithAck("enter", "/yes"),
        await a.emitWithAck("enter", "/late"),
        await a.emitWithAck("enter", "/no"),
        asked,
      ];
    },
    result: [
      "/yes",
      "/late",
      { message: "Invalid namespace" },
      [["/yes", {}], ["/late", {}], ["/no", {}]],
    ],
    heard: {
      a: [["enter", "/yes"], ["enter", "/late"], ["enter", "/no"]],
      b: [],
      c: [],
    },
  },
};

/** Lets the client of a socket enter another namespace; gives its socket there. */
async function enter(io, socket, name) {
  await socket.emitWithAck("enter", name);
  return [...io.of(name).sockets.values()].find(({ client }) =>
    client === socket.client
  );
}
