/** Broadcasts between servers of ours and of Node's, both ways. */

import { assertEquals, assertRejects } from "@std/assert";
import { plain } from "../_support/clients.ts";
import { inTime } from "../_support/within.ts";
import type { Claims } from "./claims.ts";
import { join } from "./fleet.ts";

const BYTES = Uint8Array.of(0, 1, 255);

export const broadcasts: Claims = {
  async "a broadcast reaches all clients once"(fleet) {
    const visitors = await fleet.connectAll();
    const news = ["news", 1, "ünï", { nested: [null, true, -0.5, 2 ** 40] }];
    for (const origin of fleet.origins) {
      await origin.run([["emit", ...news]]);
      await fleet.assertHeard(visitors, origin, visitors.map(() => [news]));
    }
  },

  async "a volatile broadcast reaches clients for whom nothing waits"(fleet) {
    const visitors = await fleet.connectAll();
    const news = ["news", 1, BYTES];
    for (const origin of fleet.origins) {
      await origin.run([["volatile"], ["emit", ...news]]);
      await fleet.assertHeard(visitors, origin, visitors.map(() => [news]));
    }
  },

  async "rooms are chosen and left out on all servers"(fleet) {
    const visitors = await fleet.connectAll();
    const ids = visitors.map(({ client }) => client.id);
    await join(visitors[0]!, "one", "two");
    await join(visitors[1]!, "two");
    await join(visitors[2]!, "one", "three");
    await join(visitors[3]!, "two", "5");
    await fleet.settle();
    for (const origin of fleet.origins) {
      await origin.run([["to", "one"], ["emit", "to one"]]);
      await origin.run([
        ["to", ["two", "three"]],
        ["except", "one"],
        ["emit", "not one"],
      ]);
      await origin.run([["to", "nowhere"], ["emit", "to nobody"]]);
      await origin.run([["except", ["two"]], ["emit", "not two"]]);
      await origin.run([["to", "5"], ["emit", "to five"]]);
      for (const id of ids) await origin.run([["to", id], ["emit", "to you"]]);
      await fleet.assertHeard(visitors, origin, [
        [["to one"], ["to you"]],
        [["not one"], ["to you"]],
        [["to one"], ["not two"], ["to you"]],
        [["not one"], ["to five"], ["to you"]],
      ]);
    }
  },

  async "a room that is left is no longer chosen"(fleet) {
    const visitors = await fleet.connectAll();
    for (const visitor of visitors) await join(visitor, "stays", "leaves");
    await join(visitors[1]!, "other");
    await fleet.settle();
    for (const member of fleet.members) {
      await member.run([["local"], ["socketsLeave", "leaves"]]);
    }
    for (const origin of fleet.origins) {
      await origin.run([["to", "leaves"], ["emit", "stray"]]);
      await origin.run([["to", "stays"], ["emit", "news"]]);
      await origin.run([["to", ["leaves", "other"]], ["emit", "more"]]);
      const news = [["news"]];
      await fleet.assertHeard(visitors, origin, [
        news,
        [["news"], ["more"]],
        news,
        news,
      ]);
    }
  },

  async "a local broadcast stays on its server"(fleet) {
    const visitors = await fleet.connectAll();
    for (const origin of fleet.origins) {
      await origin.run([["local"], ["emit", "news"]]);
      await fleet.assertHeard(
        visitors,
        origin,
        fleet.members.map((each) => each === origin ? [["news"]] : []),
      );
    }
  },

  async "a socket's broadcast leaves out itself alone"(fleet) {
    const visitors = await fleet.connectAll();
    for (const [i, origin] of fleet.members.entries()) {
      visitors[i]!.client.emit("shout", "news", i, BYTES);
      // Behind the client's own event, through the same connections.
      await join(visitors[i]!);
      await fleet.assertHeard(
        visitors,
        origin,
        visitors.map((_, j) => j === i ? [] : [["news", i, BYTES]]),
      );
    }
  },

  async "bytes arrive, wherever they are"(fleet) {
    const visitors = await fleet.connectAll();
    const news = ["news", BYTES, { deep: [BYTES, "text"] }, new Uint8Array()];
    const large = ["large", "é".repeat(70_000), new Uint8Array(70_000).fill(7)];
    for (const origin of fleet.origins) {
      await origin.run([["emit", ...news]]);
      await origin.run([["emit", ...large]]);
      const heard = visitors.map(() => [news, large]);
      await fleet.assertHeard(visitors, origin, heard);
    }
  },

  async "texts of any length arrive"(fleet) {
    const visitors = await fleet.connectAll();
    const texts = [1_000, 7_800, 7_850, 7_900, 8_000, 20_000].map((
      length,
    ) => ["text", "x".repeat(length)]);
    for (const origin of fleet.origins) {
      for (const [, text] of texts) await origin.run([["emit", "text", text]]);
      await fleet.assertHeard(visitors, origin, visitors.map(() => texts));
    }
  },

  async "a burst arrives whole and in order"(fleet) {
    const visitors = await fleet.connectAll();
    const numbers = Array.from({ length: 300 }, (_, i) => ["count", i]);
    for (const origin of fleet.origins) {
      await Promise.all(
        numbers.map(([, i]) => origin.run([["emit", "count", i]])),
      );
      await fleet.assertHeard(visitors, origin, visitors.map(() => numbers));
    }
  },

  async "namespaces do not mix"(fleet) {
    const main = await fleet.connectAll();
    const other = await fleet.connectAll("/other");
    for (const origin of fleet.origins) {
      await origin.run([["emit", "news"]], "/other");
      const stray = main[1]!.client.id;
      await origin.run([["to", stray], ["emit", "stray"]], "/other");
      const news = other.map(() => [["news"]]);
      await fleet.assertHeard(other, origin, news, "/other");
      await fleet.assertHeard(main, origin, [[], [], [], []]);
    }
  },

  async "acknowledgements come from all clients"(fleet) {
    const visitors = await fleet.connectAll();
    visitors.forEach(({ client }, i) =>
      client.on("question", (bytes, answer) => answer([i, bytes]))
    );
    await join(visitors[1]!, "some");
    await join(visitors[2]!, "some");
    for (const origin of fleet.origins) {
      const timeout = ["timeout", 10_000] as const;
      const answers = await origin.run([
        timeout,
        ["emitWithAck", "question", BYTES],
      ]) as [number, Uint8Array][]; // what the clients answer
      assertEquals(
        plain(answers.sort(([a], [b]) => a - b)),
        [[0, BYTES], [1, BYTES], [2, BYTES], [3, BYTES]],
      );
      const some = await origin.run([
        ["to", "some"],
        timeout,
        ["emitWithAck", "question", "x"],
      ]) as [number, string][]; // what the clients answer
      assertEquals(some.sort(([a], [b]) => a - b), [[1, "x"], [2, "x"]]);
    }
  },

  async "acknowledgements that do not come in time are missed"(fleet) {
    const visitors = await fleet.connectAll();
    visitors.forEach(({ client }, i) =>
      client.on("question", (silent, answer) => {
        if (i !== silent) answer(i);
      })
    );
    await Promise.all(fleet.origins.map(async (origin) => {
      // A client of the other kind of server.
      const silent = origin.kind === "node" ? 1 : 3;
      const answers = await inTime(3, async (timeout) => {
        const error = await assertRejects(
          () =>
            origin.run([
              ["timeout", timeout],
              ["emitWithAck", "question", silent],
            ]),
          Error,
          "operation has timed out",
        ) as Error & { responses: number[] }; // what members throw
        return error.responses;
      });
      assertEquals(
        answers.toSorted(),
        [0, 1, 2, 3].filter((i) => i !== silent),
      );
    }));
  },
};
