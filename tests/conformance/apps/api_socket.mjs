import { once, rejected } from "./api_tools.mjs";

/** Rows of the sockets' API. */
export const rows = {
  "Socket.id is a room of 20 characters": {
    run: ({ a }) => [a.id.length, a.rooms.has(a.id), a.id === a.conn.id],
    result: [20, true, false],
  },
  "Socket.handshake has what the client asked with": {
    run({ a }) {
      const { handshake } = a;
      return [
        typeof handshake.headers.host,
        typeof handshake.time,
        typeof handshake.address,
        handshake.xdomain,
        handshake.secure,
        typeof handshake.issued,
        handshake.url.startsWith("/socket.io/?"),
        handshake.query.EIO,
        handshake.query.transport,
        handshake.auth,
      ];
    },
    result: [
      "string",
      "string",
      "string",
      false,
      false,
      "number",
      true,
      "4",
      "websocket",
      { token: "a" },
    ],
  },
  "Socket tells what it is part of": {
    run: ({ io, a }) => [
      a.connected,
      a.disconnected,
      a.nsp === io.of("/"),
      a.client.conn === a.conn,
      a.request !== undefined,
      Boolean(a.recovered),
      a.conn.protocol,
      a.conn.transport.name,
    ],
    result: [true, false, true, true, true, false, 4, "websocket"],
  },
  "Socket keeps data and attributes": {
    async run({ io, a }) {
      a.data.more = { deep: true };
      a.own = 1;
      const [found] = await io.in(a.id).fetchSockets();
      return [found.data, io.sockets.sockets.get(a.id).own];
    },
    result: [{ name: "a", more: { deep: true } }, 1],
  },
  "Socket.join() takes one room or several, leave() one": {
    async run({ a }) {
      await a.join("one");
      await a.join(["two", "three"]);
      await a.leave("two");
      return [...a.rooms].filter((room) => room !== a.id).sort();
    },
    result: ["one", "room a", "three"],
  },
  "Socket.emit() returns true, send() and write() the socket": {
    run: ({ a }) => [a.emit("news"), a.send(1) === a, a.write(2) === a],
    result: [true, true, true],
    heard: { a: [["news"], ["message", 1], ["message", 2]], b: [], c: [] },
  },
  "Socket.emit() takes a callback for the answer": {
    run: ({ a }) =>
      new Promise((resolve) =>
        a.emit("ask", 1, (...answer) => resolve(answer))
      ),
    result: ["a"],
    heard: { a: [["ask", 1]], b: [], c: [] },
  },
  "Socket.emitWithAck() resolves with the answer": {
    run: ({ a }) => a.emitWithAck("ask"),
    result: "a",
    heard: { a: [["ask"]], b: [], c: [] },
  },
  "Socket.timeout() gives an error first, or fails": {
    async run({ a }) {
      const answered = await new Promise((resolve) =>
        a.timeout(5_000).emit("ask", (...answer) => resolve(answer))
      );
      const late = await new Promise((resolve) =>
        a.timeout(20).emit("be quiet", (error) => resolve(error.message))
      );
      return [
        answered,
        late,
        await rejected(a.timeout(20).emitWithAck("be quiet")),
      ];
    },
    result: [
      [null, "a"],
      "operation has timed out",
      "operation has timed out",
    ],
    heard: { a: [["ask"], ["be quiet"], ["be quiet"]], b: [], c: [] },
  },
  "Socket.broadcast, to(), in(), except() and local leave the sender out": {
    run({ a }) {
      a.broadcast.emit("news", 1);
      a.to(["room a", "room b"]).emit("news", 2);
      a.in("room c").emit("news", 3);
      a.except("room c").emit("news", 4);
      a.local.emit("news", 5);
      a.broadcast.to("room c").emit("news", 6);
    },
    heard: {
      a: [],
      b: [["news", 1], ["news", 2], ["news", 4], ["news", 5]],
      c: [["news", 1], ["news", 3], ["news", 5], ["news", 6]],
    },
  },
  "Socket.compress() and volatile send": {
    run({ a }) {
      a.compress(false).emit("news", 1);
    },
    heard: { a: [["news", 1]], b: [], c: [] },
  },
  "Socket.disconnect() leaves rooms between disconnecting and disconnect": {
    async run({ io, b }) {
      const rooms = [];
      b.on("disconnecting", (reason) => rooms.push(reason, b.rooms.size));
      const gone = once(b, "disconnect");
      const self = b.disconnect() === b;
      const [reason] = await gone;
      return [
        self,
        rooms,
        reason,
        b.rooms.size,
        b.connected,
        io.sockets.sockets.size,
      ];
    },
    result: [
      true,
      ["server namespace disconnect", 2],
      "server namespace disconnect",
      0,
      false,
      2,
    ],
    heard: { a: [], b: [["disconnect", "io server disconnect"]], c: [] },
  },
  "Socket.disconnect(true) ends the connection": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      const closed = once(b.conn, "close");
      b.disconnect(true);
      return [(await gone)[0], (await closed)[0]];
    },
    result: ["server namespace disconnect", "forced close"],
    heard: { a: [], b: [["disconnect", "io server disconnect"]], c: [] },
  },
  "Socket.use() passes, changes and refuses events": {
    async run({ a }) {
      a.use((event, next) => {
        if (event[0] === "bad") return next(new Error("refused"));
        if (event[0] === "say") event[1] += "!";
        next();
      });
      const failed = once(a, "error");
      const said = once(a, "say");
      a.emit("send", "bad", 1);
      a.emit("send", "say", "hello");
      const [error] = await failed;
      return [error.message, await said];
    },
    result: ["refused", ["hello!"]],
    heard: { a: [["send", "bad", 1], ["send", "say", "hello"]], b: [], c: [] },
  },
  "Socket.onAny() and its kin hear of what comes": {
    async run({ a }) {
      const heard = [];
      const first = (name) => heard.push(`first ${name}`);
      const second = (name, value) => heard.push(`second ${name} ${value}`);
      a.onAny(second);
      a.prependAny(first);
      const count = a.listenersAny().length;
      const said = once(a, "say");
      a.emit("send", "say", 1);
      await said;
      a.offAny(second);
      const again = once(a, "say");
      a.emit("send", "say", 2);
      await again;
      a.offAny();
      return [heard, count, a.listenersAny().length];
    },
    result: [["first say", "second say 1", "first say"], 2, 0],
    heard: { a: [["send", "say", 1], ["send", "say", 2]], b: [], c: [] },
  },
  "Socket.onAnyOutgoing() and its kin hear of what goes": {
    run({ io, a }) {
      const heard = [];
      const first = (name) => heard.push(`first ${name}`);
      const second = (name, value) => heard.push(`second ${name} ${value}`);
      a.onAnyOutgoing(second);
      a.prependAnyOutgoing(first);
      const count = a.listenersAnyOutgoing().length;
      a.emit("news", 1);
      io.to("room a").emit("news", 2);
      a.offAnyOutgoing(first);
      a.emit("news", 3);
      a.offAnyOutgoing();
      a.emit("news", 4);
      return [heard, count, a.listenersAnyOutgoing().length];
    },
    result: [
      [
        "first news",
        "second news 1",
        "first news",
        "second news 2",
        "second news 3",
      ],
      2,
      0,
    ],
    heard: {
      a: [["news", 1], ["news", 2], ["news", 3], ["news", 4]],
      b: [],
      c: [],
    },
  },
  "Socket is an emitter": {
    async run({ a }) {
      const heard = [];
      const last = (text) => heard.push(`last ${text}`);
      const first = (text) => heard.push(`first ${text}`);
      const only = (text) => heard.push(`only ${text}`);
      a.on("say", last).prependListener("say", first).once("say", only);
      const before = [
        a.listenerCount("say"),
        a.listeners("say").length,
        a.eventNames().includes("say"),
      ];
      const twice = once(a, "end");
      a.emit("send", "say", 1);
      a.emit("send", "say", 2);
      a.emit("send", "end");
      await twice;
      a.removeAllListeners("say");
      return [before, heard, a.listenerCount("say")];
    },
    result: [
      [3, 3, true],
      ["first 1", "last 1", "only 1", "first 2", "last 2"],
      0,
    ],
    heard: {
      a: [["send", "say", 1], ["send", "say", 2], ["send", "end"]],
      b: [],
      c: [],
    },
  },
  "A client that leaves its namespace is told apart": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      b.emit("leave");
      return (await gone)[0];
    },
    result: "client namespace disconnect",
    heard: {
      a: [],
      b: [["leave"], ["disconnect", "io client disconnect"]],
      c: [],
    },
  },
  "A client whose connection ends is told apart, with a description": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      b.emit("drop");
      const [reason, description] = await gone;
      return [reason, typeof description.description];
    },
    result: ["transport close", "string"],
    heard: { a: [], b: [["drop"], ["disconnect", "forced close"]], c: [] },
  },
  "A client that sends no packet is told apart": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      b.emit("babble");
      return (await gone)[0];
    },
    result: "parse error",
    heard: { a: [], b: [["babble"], ["disconnect", "transport close"]], c: [] },
  },
  "Binary values arrive wherever they are": {
    async run({ a }) {
      const said = once(a, "say");
      a.emit("send", "say", { deep: [Uint8Array.of(1, 2), "text"] });
      return await said;
    },
    result: [{ deep: [{ bytes: [1, 2] }, "text"] }],
    heard: {
      a: [["send", "say", { deep: [{ bytes: [1, 2] }, "text"] }]],
      b: [],
      c: [],
    },
  },
  "What is sent is not changed": {
    run({ io, a }) {
      const data = { bytes: Uint8Array.of(1), list: [1] };
      a.emit("news", data);
      io.to("room a").emit("news", data);
      return [data.bytes instanceof Uint8Array, data.list];
    },
    result: [true, [1]],
    heard: {
      a: Array(2).fill(["news", { bytes: { bytes: [1] }, list: [1] }]),
      b: [],
      c: [],
    },
  },
  "Socket.rooms lives, and is empty once the socket has left": {
    run({ b }) {
      const { rooms } = b;
      b.join("later");
      const seen = rooms.has("later");
      b.disconnect();
      b.join("too late");
      return [seen, b.rooms.size, rooms.has("too late")];
    },
    result: [true, 0, false],
    heard: { a: [], b: [["disconnect", "io server disconnect"]], c: [] },
  },
  "Socket.id is a room to send to and to leave out": {
    run({ io, a, b }) {
      io.to(a.id).emit("news", 1);
      io.except(a.id).except([b.id]).emit("news", 2);
      a.to(b.id).emit("news", 3);
    },
    heard: { a: [["news", 1]], b: [["news", 3]], c: [["news", 2]] },
  },
  "A choice of no rooms is everybody": {
    run({ io, a }) {
      io.to([]).emit("news", 1);
      a.to([]).emit("news", 2);
    },
    heard: {
      a: [["news", 1]],
      b: [["news", 1], ["news", 2]],
      c: [["news", 1], ["news", 2]],
    },
  },
  "Socket.emit() to a client that has left does nothing": {
    run({ b }) {
      b.disconnect(true);
      return [b.emit("news"), b.send() === b, b.disconnect() === b];
    },
    result: [true, true, true],
    heard: { a: [], b: [["disconnect", "io server disconnect"]], c: [] },
  },
  "Socket.off() and its kin remove listeners, prependOnceListener() adds one": {
    async run({ a }) {
      const heard = [];
      const kept = () => heard.push("kept");
      const gone = () => heard.push("gone");
      a.addListener("say", gone).on("say", gone).on("say", kept);
      a.prependOnceListener("say", () => heard.push("first"));
      const before = a.listenerCount("say");
      a.off("say", gone).removeListener("say", gone);
      const after = a.listenerCount("say");
      const said = once(a, "end");
      a.emit("send", "say");
      a.emit("send", "say");
      a.emit("send", "end");
      await said;
      a.removeAllListeners("say").removeAllListeners("nothing");
      return [before, after, heard, a.listenerCount("say")];
    },
    result: [4, 2, ["first", "kept", "kept"], 0],
    heard: {
      a: [["send", "say"], ["send", "say"], ["send", "end"]],
      b: [],
      c: [],
    },
  },
  "Socket.listenersAny() is a list of what was added, twice where it was": {
    run({ a }) {
      const listener = () => {};
      a.onAny(listener).onAny(listener).prependAny(() => {});
      const before = a.listenersAny().indexOf(listener);
      a.offAny(listener);
      return [
        before,
        a.listenersAny().length,
        a.offAny(() => {}).listenersAny().length,
        a.listenersAnyOutgoing(),
      ];
    },
    result: [1, 2, 2, []],
  },
  "Socket.onAny() hears what no listener does, before the middlewares": {
    async run({ a }) {
      const heard = [];
      a.onAny((name, value) => heard.push(`any ${name} ${value}`));
      const passed = new Promise((resolve) =>
        a.use(([name], next) => {
          heard.push(`use ${name}`);
          next();
          resolve();
        })
      );
      a.emit("send", "unheard", 1);
      await passed;
      return heard;
    },
    result: ["any unheard 1", "use unheard"],
    heard: { a: [["send", "unheard", 1]], b: [], c: [] },
  },
  "Socket.volatile and broadcast keep the flags that came before": {
    async run({ a, b }) {
      // The client may not take a volatile event at once: its answer proves that it can.
      await a.emitWithAck("ask");
      await b.emitWithAck("ask");
      return [
        a.volatile.compress(false).emit("news", 1),
        a.volatile.to("room b").emit("news", 2),
      ];
    },
    result: [true, true],
    heard: {
      a: [["ask"], ["news", 1]],
      b: [["ask"], ["news", 2]],
      c: [],
    },
  },
  "Socket.disconnect() tells no description": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      b.disconnect();
      return await gone;
    },
    result: ["server namespace disconnect", null],
    heard: { a: [], b: [["disconnect", "io server disconnect"]], c: [] },
  },
  "Both disconnecting and disconnect tell what a client did": {
    async run({ b }) {
      const ending = once(b, "disconnecting");
      const gone = once(b, "disconnect");
      b.emit("write", "2");
      const [[reason, description], [again, same]] = [
        await ending,
        await gone,
      ];
      return [reason, again, same === description, typeof description];
    },
    result: ["transport error", "transport error", true, "object"],
    heard: {
      a: [],
      b: [["write", "2"], ["disconnect", "transport close"]],
      c: [],
    },
  },
  "A description of an invalid heartbeat is an object with its text": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      b.emit("write", "2");
      const [, description] = await gone;
      return description.description;
    },
    result: "invalid heartbeat direction",
    heard: {
      a: [],
      b: [["write", "2"], ["disconnect", "transport close"]],
      c: [],
    },
  },
  "A client that sends no packet of Socket.IO's is told apart, with an error": {
    async run({ b }) {
      const failed = once(b, "error");
      const gone = once(b, "disconnect");
      b.emit("write", "49");
      const [error] = await failed;
      return [error instanceof Error, (await gone)[0]];
    },
    result: [true, "forced close"],
    heard: {
      a: [],
      b: [["write", "49"], ["disconnect", "transport close"]],
      c: [],
    },
  },
  "A client that enters its namespace twice is put out": {
    async run({ b }) {
      const gone = once(b, "disconnect");
      b.emit("write", "40");
      return (await gone)[0];
    },
    result: "forced server close",
    heard: {
      a: [],
      b: [["write", "40"], ["disconnect", "transport close"]],
      c: [],
    },
  },
};
