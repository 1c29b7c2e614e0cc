/** Broadcasts between servers of ours and of Node's, both ways. */

import { assertEquals } from "@std/assert";
import { plain } from "../_support/clients.ts";
import { join, takeHeard, testFleet } from "./fleet.ts";

const BYTES = Uint8Array.of(0, 1, 255);

testFleet("a broadcast reaches all clients once", async (fleet) => {
  const visitors = await fleet.connectAll();
  const news = ["news", 1, "ünï", { nested: [null, true, -0.5, 2 ** 40] }];
  for (const origin of fleet.origins) {
    await origin.run([["emit", ...news]]);
    await fleet.fence(visitors, origin);
    assertEquals(takeHeard(visitors), [[news], [news], [news], [news]]);
  }
});

testFleet("rooms are chosen and left out on all servers", async (fleet) => {
  const visitors = await fleet.connectAll();
  const ids = visitors.map(({ client }) => client.id);
  await join(visitors[0]!, "one", "two");
  await join(visitors[1]!, "two");
  await join(visitors[2]!, "one", "three");
  await join(visitors[3]!, "two", "5");
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
    await fleet.fence(visitors, origin);
    assertEquals(takeHeard(visitors), [
      [["to one"], ["to you"]],
      [["not one"], ["to you"]],
      [["to one"], ["not two"], ["to you"]],
      [["not one"], ["to five"], ["to you"]],
    ]);
  }
});

testFleet("a local broadcast stays on its server", async (fleet) => {
  const visitors = await fleet.connectAll();
  for (const origin of fleet.origins) {
    await origin.run([["local"], ["emit", "news"]]);
    await fleet.fence(visitors, origin);
    assertEquals(
      takeHeard(visitors),
      fleet.members.map((each) => each === origin ? [["news"]] : []),
    );
  }
});

testFleet("a socket's broadcast leaves out itself alone", async (fleet) => {
  const visitors = await fleet.connectAll();
  for (const [i, origin] of fleet.members.entries()) {
    visitors[i]!.client.emit("shout", "news", i, BYTES);
    // Behind the client's own event, through the same connections.
    await join(visitors[i]!);
    await fleet.fence(visitors, origin);
    assertEquals(
      takeHeard(visitors),
      visitors.map((_, j) => j === i ? [] : [["news", i, BYTES]]),
    );
  }
});

testFleet("bytes arrive, wherever they are", async (fleet) => {
  const visitors = await fleet.connectAll();
  const news = ["news", BYTES, { deep: [BYTES, "text"] }, new Uint8Array()];
  const large = ["large", "é".repeat(70_000), new Uint8Array(70_000).fill(7)];
  for (const origin of fleet.origins) {
    await origin.run([["emit", ...news]]);
    await origin.run([["emit", ...large]]);
    await fleet.fence(visitors, origin);
    const heard = [news, large];
    assertEquals(takeHeard(visitors), [heard, heard, heard, heard]);
  }
});

testFleet("a burst arrives whole and in order", async (fleet) => {
  const visitors = await fleet.connectAll();
  const numbers = Array.from({ length: 300 }, (_, i) => ["count", i]);
  for (const origin of fleet.origins) {
    await Promise.all(
      numbers.map(([, i]) => origin.run([["emit", "count", i]])),
    );
    await fleet.fence(visitors, origin);
    for (const heard of takeHeard(visitors)) assertEquals(heard, numbers);
  }
});

testFleet("namespaces and keys do not mix", async (fleet) => {
  const main = await fleet.connectAll();
  const other = await fleet.connectAll("/other");
  for (const origin of fleet.origins) {
    await origin.run([["emit", "news"]], "/other");
    const stray = main[1]!.client.id;
    await origin.run([["to", stray], ["emit", "stray"]], "/other");
    await fleet.fence(other, origin, "/other");
    await fleet.fence(main, origin);
    assertEquals(takeHeard(main), [[], [], [], []]);
    assertEquals(takeHeard(other), Array(4).fill([["news"]]));
  }
}, { key: "an*other" });

for (const publishOnSpecificResponseChannel of [false, true]) {
  testFleet(
    `acknowledgements come from all clients, answers to ${
      publishOnSpecificResponseChannel ? "one" : "all"
    }`,
    async (fleet) => {
      const visitors = await fleet.connectAll();
      visitors.forEach(({ client }, i) =>
        client.on("question", (bytes, answer) => answer([i, bytes]))
      );
      for (const { client } of visitors.slice(1, 3)) {
        await new Promise<void>((resolve) =>
          client.emit("join", ["some"], resolve)
        );
      }
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
    { publishOnSpecificResponseChannel },
  );
}
