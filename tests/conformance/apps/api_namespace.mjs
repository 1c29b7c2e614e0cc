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
};
