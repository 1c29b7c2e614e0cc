import {
  type AdapterNamespace,
  MemoryAdapter,
  type RoomMember,
} from "@deno-socketio/server/adapter";
import { JsonCodec, PacketType } from "@deno-socketio/server/parser";

const codec = new JsonCodec();
const packet = {
  type: PacketType.EVENT,
  nsp: "/",
  data: ["news", "x".repeat(186)],
} as const;
const NONE: ReadonlySet<string> = new Set();

/** A member that takes what it gets: only the adapter is measured. */
function createMember(id: string): RoomMember {
  return {
    id,
    handshake: {},
    data: undefined,
    deliver() {},
    expectAck() {},
    forgetAck() {},
    join() {},
    leave() {},
    disconnect() {},
  };
}

/** An adapter with `count` sockets, each in "all" and in one of 100 rooms. */
function createAdapter(count: number): MemoryAdapter {
  const sockets = new Map<string, RoomMember>();
  const namespace: AdapterNamespace = {
    name: "/",
    sockets,
    encode: (packet) => codec.encode(packet),
    nextAckId: () => 0,
    onServerSideEmit() {},
    onError(error) {
      throw error;
    },
  };
  const adapter = new MemoryAdapter(namespace);
  for (let i = 0; i < count; i++) {
    const id = `socket${i}`;
    sockets.set(id, createMember(id));
    adapter.addAll(id, [id, "all", `room${i % 100}`]);
  }
  return adapter;
}

for (const count of [1, 100, 10_000]) {
  const adapter = createAdapter(count);
  const twenty = new Set(Array.from({ length: 20 }, (_, i) => `room${i}`));

  Deno.bench(`broadcast to all of ${count}`, { group: "broadcast" }, () => {
    adapter.broadcast(packet, { rooms: NONE, except: NONE });
  });
  Deno.bench(`broadcast to a room of ${count}`, { group: "broadcast" }, () => {
    adapter.broadcast(packet, { rooms: new Set(["all"]), except: NONE });
  });
  Deno.bench(
    `broadcast to 20 of 100 rooms of ${count} sockets, one excepted`,
    { group: "broadcast" },
    () => {
      adapter.broadcast(packet, { rooms: twenty, except: new Set(["room0"]) });
    },
  );
  let turn = 0;
  Deno.bench(`join and leave among ${count}`, { group: "rooms" }, () => {
    const room = `another${turn++ % 1_000}`;
    adapter.addAll("socket0", [room]);
    adapter.del("socket0", room);
  });
}
