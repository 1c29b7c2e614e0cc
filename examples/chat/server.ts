/**
 * A chat with rooms. Start it with `deno task example`, then open
 * http://localhost:3000 in two tabs.
 *
 * @module
 */

import { type DefaultEventsMap, Server } from "@deno-socketio/server";
import type * as events from "./events.ts";
import { CLIENT_FOLDER, servePage } from "./files.ts";
import { readName, readText } from "./input.ts";

/** The server of the chat: it knows the names and types of all events. */
export type ChatServer = Server<
  events.ClientToServerEvents,
  events.ServerToClientEvents,
  DefaultEventsMap,
  events.SocketData
>;

const FIXED_ROOMS = ["lobby", "music", "travel"];

/** Makes the chat. Nothing listens yet: that is for `Deno.serve` to do. */
export function createChat(): ChatServer {
  const io: ChatServer = new Server({ serveClient: CLIENT_FOLDER });

  function listMembers(room: string): events.Member[] {
    return [...io.sockets.sockets.values()]
      .filter(({ data }) => data.room === room)
      .map(({ id, data }) => ({ id, name: data.name }));
  }

  function announceRooms(): void {
    const counts = new Map(FIXED_ROOMS.map((room) => [room, 0]));
    for (const { data: { room } } of io.sockets.sockets.values()) {
      if (room !== undefined) counts.set(room, (counts.get(room) ?? 0) + 1);
    }
    io.emit("rooms", Array.from(counts, ([name, count]) => ({ name, count })));
  }

  io.use((socket, next) => {
    const name = readName(socket.handshake.auth.name);
    if (name === undefined) return next(new Error("Use 1 to 24 characters"));
    socket.data.name = name;
    next();
  });

  io.on("connection", (socket) => {
    const self: events.Member = { id: socket.id, name: socket.data.name };

    function moveTo(room: string | undefined): void {
      const before = socket.data.room;
      if (room === before) return;
      socket.data.room = room;
      if (before !== undefined) {
        socket.leave(key(before));
        socket.to(key(before)).emit("left", self);
      }
      if (room !== undefined) {
        socket.join(key(room));
        socket.to(key(room)).emit("joined", self);
      }
      announceRooms();
    }

    // What comes in is checked: a client may send anything, whatever the types.
    socket.on("join", (name, reply) => {
      if (typeof reply !== "function") return;
      const room = readName(name)?.toLowerCase();
      if (room === undefined) return reply({ error: "Use 1 to 24 characters" });
      moveTo(room);
      reply({ room, members: listMembers(room) });
    });
    socket.on("message", (words) => {
      const text = readText(words, 1000);
      const { room } = socket.data;
      if (text === undefined || room === undefined) return;
      io.to(key(room)).emit("message", { from: self, text, time: Date.now() });
    });
    socket.on("typing", (active) => {
      const { room } = socket.data;
      if (room === undefined) return;
      socket.to(key(room)).emit("typing", self, active === true);
    });
    socket.on("disconnecting", () => moveTo(undefined));
  });
  return io;
}

/** A prefix, since each socket also has a room of its own, named by its id. */
function key(room: string): string {
  return `room:${room}`;
}

if (import.meta.main) {
  Deno.serve({
    hostname: "127.0.0.1",
    port: Number(Deno.args[0] ?? 3000),
    onListen: ({ port }) => console.log(`Chat: http://localhost:${port}`),
    handler: createChat().handler(servePage),
  });
}
