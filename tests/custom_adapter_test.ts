/** An adapter of the application: what it is asked for. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { Server } from "@deno-socketio/server";
import {
  MemoryAdapter,
  type RestoredSession,
  type Room,
  type Session,
  type SocketId,
  type Target,
} from "@deno-socketio/server/adapter";
import { type Packet, PacketType } from "@deno-socketio/server/parser";
import {
  AdapterBed,
  callsOf,
  RecordingAdapter,
} from "./_support/adapter_bed.ts";
import { ask, connected, engineOf, next, settle } from "./_support/clients.ts";

/** A target as the server makes it. */
function target(rooms: Room[], except: Room[] = []) {
  return { rooms: new Set(rooms), except: new Set(except) };
}

/** The two sets of a target, without what may be absent. */
function setsOf(value: unknown) {
  const { rooms, except } = value as Target; // what the method got
  return { rooms, except };
}

Deno.test("adapter is asked for a socket's rooms from its first to its last moment", async () => {
  await using bed = new AdapterBed({ adapter: RecordingAdapter });
  const [socket, client] = await bed.pair();
  const { id } = socket;
  await socket.join("a");
  await socket.join(["b", "c"]);
  await socket.leave("b");
  assertEquals(socket.rooms, new Set([id, "a", "c"]));
  const left = next(socket, "disconnect");
  client.disconnect();
  await left;
  assertEquals(callsOf(bed), [
    ["init"],
    ["addAll", id, [id]],
    ["addAll", id, ["a"]],
    ["addAll", id, ["b", "c"]],
    ["del", id, "b"],
    ["delAll", id],
  ]);
});

Deno.test("adapter.broadcast() gets the packet and whom it is for", async () => {
  await using bed = new AdapterBed({ adapter: RecordingAdapter });
  const [socket, client] = await bed.pair();
  bed.io.emit("a", 1);
  bed.io.to(["x", "y"]).except("z").emit("b");
  bed.io.local.volatile.emit("c");
  socket.to("x").emit("d");
  socket.emit("not a broadcast");
  await settle(client, socket);
  const calls = callsOf(bed, "broadcast");
  const event = (...data: unknown[]) => ({
    type: PacketType.EVENT,
    nsp: "/",
    data,
  });
  assertEquals(calls.map(([, packet]) => packet), [
    event("a", 1),
    event("b"),
    event("c"),
    event("d"),
  ]);
  assertEquals(calls.map(([, , target]) => setsOf(target)), [
    target([]),
    target(["x", "y"], ["z"]),
    target([]),
    target(["x"], [socket.id]),
  ]);
  const { flags } = calls[2]![2] as Target; // broadcast()'s second argument
  assertEquals([flags?.local, flags?.volatile], [true, true]);
});

Deno.test("adapter.broadcastWithAck() and serverCount() are asked for answers", async () => {
  await using bed = new AdapterBed({ adapter: RecordingAdapter });
  const [, client] = await bed.pair();
  client.on("question", (reply: (answer: string) => void) => reply("answer"));
  assertEquals(await bed.io.timeout(10_000).emitWithAck("question"), [
    "answer",
  ]);
  const [call, ...others] = callsOf(bed, "broadcastWithAck");
  assertEquals(others, []);
  assertEquals(call![1], {
    type: PacketType.EVENT,
    nsp: "/",
    data: ["question"],
  });
  assertEquals((call![2] as Target).flags?.timeout, 10_000); // its second argument
  assertEquals(callsOf(bed, "serverCount").length, 1);
});

Deno.test("adapter is asked to find, move and disconnect sockets", async () => {
  await using bed = new AdapterBed({ adapter: RecordingAdapter });
  const [socket, client] = await bed.pair();
  const [found] = await bed.io.in(socket.id).fetchSockets();
  assertStrictEquals<unknown>(found, socket);
  assertEquals(await bed.io.in("x").allSockets(), new Set());
  bed.io.in(socket.id).socketsJoin(["x", "y"]);
  bed.io.except("z").socketsLeave("y");
  assertEquals(socket.rooms, new Set([socket.id, "x"]));
  const left = next(client, "disconnect");
  bed.io.in("x").disconnectSockets();
  await left;
  const methods = [
    "fetchSockets",
    "sockets",
    "addSockets",
    "delSockets",
    "disconnectSockets",
  ];
  const calls = callsOf(bed).filter(([name]) => methods.includes(String(name)));
  assertEquals(
    calls.map(([name, chosen, ...rest]) => [
      name,
      name === "sockets" ? chosen : setsOf(chosen),
      ...rest,
    ]),
    [
      ["fetchSockets", target([socket.id])],
      ["sockets", new Set(["x"])],
      ["addSockets", target([socket.id]), ["x", "y"]],
      ["delSockets", target([], ["z"]), ["y"]],
      ["disconnectSockets", target(["x"]), false],
    ],
  );
});

Deno.test("adapter.serverSideEmit() gets the event, its arguments and who waits", async () => {
  await using io = new Server({ adapter: RecordingAdapter });
  io.serverSideEmit("ping", 1, "two");
  assertEquals(await io.serverSideEmitWithAck("count"), []);
  const [plain, asked] = callsOf({ io }, "serverSideEmit");
  assertEquals(plain, ["serverSideEmit", ["ping", 1, "two"]]);
  const args = asked![1] as unknown[]; // its only argument
  assertEquals([args[0], typeof args[1]], ["count", "function"]);
});

Deno.test("adapter.persistSession() and restoreSession() are asked with recovery", async () => {
  await using bed = new AdapterBed({
    adapter: RecordingAdapter,
    connectionStateRecovery: {},
  });
  const [socket, client] = await bed.pair();
  const { id } = socket;
  await socket.join("a");
  socket.data = { name: "Ada" };
  const left = next(socket, "disconnect");
  engineOf(client).close();
  await left;
  const [session] = callsOf(bed, "persistSession");
  const { pid, ...rest } = session![1] as Session; // its only argument
  assertEquals(rest, {
    sid: id,
    rooms: [id, "a"],
    data: { name: "Ada" },
    confirmedAt: 0, // no ping was answered yet
  });
  client.connect();
  await connected(client);
  assertEquals(callsOf(bed, "restoreSession"), [
    ["restoreSession", pid, undefined],
  ]);
  assertEquals(client.recovered, false);
});

Deno.test("adapter.persistSession() is not asked without recovery", async () => {
  await using bed = new AdapterBed({ adapter: RecordingAdapter });
  const [socket, client] = await bed.pair();
  const left = next(socket, "disconnect");
  engineOf(client).close();
  await left;
  assertEquals(callsOf(bed, "persistSession"), []);
});

Deno.test("adapter may restore a session later, with what was missed", async () => {
  class LateAdapter extends MemoryAdapter {
    #session: Session | undefined;

    override async persistSession(session: Session): Promise<void> {
      await Promise.resolve();
      this.#session = session;
    }

    override async restoreSession(): Promise<RestoredSession | undefined> {
      await Promise.resolve();
      if (this.#session === undefined) return undefined;
      const data = ["missed", "offset"];
      const packet: Packet = { type: PacketType.EVENT, nsp: "/", data };
      return { ...this.#session, missedPackets: [this.nsp.encode(packet)] };
    }
  }
  await using bed = new AdapterBed({
    adapter: LateAdapter,
    connectionStateRecovery: {},
  });
  const [socket, client] = await bed.pair();
  const { id } = socket;
  const left = next(socket, "disconnect");
  engineOf(client).close();
  await left;
  const missed = next(client, "missed");
  client.connect();
  await missed;
  assertEquals([client.recovered, client.id], [true, id]);
});

Deno.test("adapter that refuses to let a member in keeps it out of the room alone", async () => {
  class PickyAdapter extends MemoryAdapter {
    override addAll(id: SocketId, rooms: Iterable<Room>) {
      return super.addAll(id, [...rooms].filter((room) => room !== "full"));
    }
  }
  await using bed = new AdapterBed({ adapter: PickyAdapter });
  bed.io.on("connection", (socket) => {
    socket.on("join", async (room: Room, reply: (rooms: Room[]) => void) => {
      await socket.join(room);
      reply([...socket.rooms]);
    });
  });
  const client = await bed.connect();
  assertEquals(await ask(client, "join", "full"), [[client.id]]);
  assertEquals(await ask(client, "join", "a"), [[client.id, "a"]]);
});
