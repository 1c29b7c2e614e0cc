/** An adapter of the application that fails: whoever is not concerned is served on. */

import { assert, assertEquals } from "@std/assert";
import { connected, engineOf, next } from "./_support/clients.ts";
import {
  FailingBed,
  FAILURE,
  type Method,
  type Way,
} from "./_support/failing_adapter.ts";

interface Case {
  /** What happens meanwhile. */
  readonly when: string;
  readonly method: Method;
  readonly act: (bed: FailingBed) => Promise<void>;
  readonly recovery?: true;
}

/** Interrupts a new client, and waits until its socket has heard of it. */
async function interrupt(bed: FailingBed) {
  const [socket, client] = await bed.pair();
  const left = next(socket, "disconnect");
  bed.break();
  engineOf(client).close();
  await left;
  assertEquals(bed.io.sockets.sockets.has(socket.id), false);
  return client;
}

const cases: Case[] = [
  {
    when: "a client connects",
    method: "addAll",
    async act(bed) {
      bed.break();
      const client = await bed.connect();
      assert(client.connected);
    },
  },
  {
    when: "a client leaves",
    method: "delAll",
    async act(bed) {
      await interrupt(bed);
    },
  },
  {
    when: "a handler broadcasts",
    method: "broadcast",
    async act(bed) {
      const [socket, client] = await bed.pair();
      socket.on("go", () => {
        bed.io.emit("news");
      });
      bed.break();
      const heard = next(socket, "go");
      client.emit("go");
      await heard;
    },
  },
  {
    when: "a handler joins a room and does not wait",
    method: "addAll",
    async act(bed) {
      const [socket, client] = await bed.pair();
      socket.on("go", () => {
        socket.join("a");
      });
      bed.break();
      const heard = next(socket, "go");
      client.emit("go");
      await heard;
    },
  },
  {
    when: "a handler leaves a room and does not wait",
    method: "del",
    async act(bed) {
      const [socket, client] = await bed.pair();
      socket.on("go", () => {
        socket.leave("a");
      });
      bed.break();
      const heard = next(socket, "go");
      client.emit("go");
      await heard;
    },
  },
  {
    when: "a session is interrupted",
    method: "persistSession",
    recovery: true,
    async act(bed) {
      await interrupt(bed);
    },
  },
  {
    when: "the rooms of a session are read",
    method: "socketRooms",
    recovery: true,
    async act(bed) {
      await interrupt(bed);
    },
  },
  {
    when: "a client comes back",
    method: "restoreSession",
    recovery: true,
    async act(bed) {
      const client = await interrupt(bed);
      client.connect();
      await connected(client);
      assertEquals(client.recovered, false);
    },
  },
  {
    when: "a client asks for a new namespace",
    method: "init",
    async act(bed) {
      bed.io.of(/^\/new$/);
      bed.break();
      // Let in or refused, but not left without an answer.
      await connected(bed.open("/new")).catch(() => {});
    },
  },
  {
    when: "a function of the application makes a namespace",
    method: "init",
    async act(bed) {
      bed.io.of((_name, _auth) => Promise.resolve(true));
      bed.break();
      await connected(bed.open("/new")).catch(() => {});
    },
  },
  {
    when: "the application moves sockets into a room",
    method: "addAll",
    async act(bed) {
      bed.break();
      try {
        bed.io.socketsJoin("a");
      } catch (error) {
        bed.failures.push(["io.socketsJoin()", error]);
      }
      await Promise.resolve();
    },
  },
  {
    when: "the application takes sockets out of a room",
    method: "del",
    async act(bed) {
      bed.break();
      try {
        bed.io.socketsLeave("a");
      } catch (error) {
        bed.failures.push(["io.socketsLeave()", error]);
      }
      await Promise.resolve();
    },
  },
  {
    when: "servers are counted for answers",
    method: "serverCount",
    async act(bed) {
      const [socket, client] = await bed.pair();
      socket.on("go", () => {
        bed.io.timeout(1).emit("question", () => {});
      });
      bed.break();
      const heard = next(socket, "go");
      client.emit("go");
      await heard;
    },
  },
  {
    when: "an event goes to other servers",
    method: "serverSideEmit",
    async act(bed) {
      const [socket, client] = await bed.pair();
      socket.on("go", () => {
        bed.io.serverSideEmit("news");
      });
      bed.break();
      const heard = next(socket, "go");
      client.emit("go");
      await heard;
    },
  },
  {
    when: "the last client leaves a namespace",
    method: "close",
    async act(bed) {
      bed.io.of(/^\/child$/);
      const [socket, client] = await bed.pair("/child");
      const left = next(socket, "disconnect");
      bed.break();
      client.disconnect();
      await left;
    },
  },
];

for (const { when, method, act, recovery } of cases) {
  // Rooms are read at once: there is no promise of them.
  const ways: Way[] = method === "socketRooms"
    ? ["throws"]
    : ["throws", "rejects"];
  for (const way of ways) {
    Deno.test(`adapter.${method}() that ${way} harms nobody else when ${when}`, async () => {
      await using bed = new FailingBed(method, way, {
        cleanupEmptyChildNamespaces: true,
        ...(recovery ? { connectionStateRecovery: {} } : {}),
      });
      await bed.pair();
      await act(bed);
      await bed.assertServing();
      assertEquals(bed.failures.map(([, error]) => error), [FAILURE]);
    });
  }
}
