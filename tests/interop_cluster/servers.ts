/** Events between the servers themselves, of ours and of Node's. */

import { assertEquals } from "@std/assert";
import type { Claims } from "./claims.ts";

export const servers: Claims = {
  async "serverSideEmit() reaches the other servers"(fleet) {
    for (const origin of fleet.origins) {
      const data = { two: ["2"] };
      await origin.run([["serverSideEmit", "tell", origin.kind, data]]);
      const others = fleet.members.filter((each) => each !== origin);
      for (const other of others) {
        assertEquals(await other.told(), [origin.kind, data]);
      }
    }
  },

  async "serverSideEmit() of ours takes bytes along"(fleet) {
    const [origin, ...others] = fleet.members;
    const bytes = Uint8Array.of(0, 255);
    await origin!.run([["serverSideEmit", "tell", { deep: bytes }]]);
    for (const other of others) {
      assertEquals(await other.told(), [{ deep: bytes }]);
    }
  },

  async "serverSideEmitWithAck() gives the answers of the others"(fleet) {
    for (const origin of fleet.origins) {
      const answers = await origin.run([["serverSideEmitWithAck", "ask", 7]]);
      const expected = fleet.members.filter((each) => each !== origin)
        .map(({ kind }) => ({ [kind]: 7 }));
      const inOrder = (list: unknown[]) =>
        list.map((each) => JSON.stringify(each)).sort();
      assertEquals(inOrder(answers as unknown[]), inOrder(expected)); // a list of answers
    }
  },
};
