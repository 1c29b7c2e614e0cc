import { requires } from "../_support/environment.ts";
import { broadcasts } from "./broadcasts.ts";
import type { Claims } from "./claims.ts";
import { Fleet } from "./fleet.ts";
import type { Meeting } from "./place.ts";
import { servers } from "./servers.ts";
import { assertNobodyWaits, sockets } from "./sockets.ts";

/**
 * Defines the test of a fleet: two servers of ours and two on Node, which live as long
 * as it, do everything that servers do together.
 *
 * @param meeting Where they meet.
 * @param more What is claimed besides.
 */
export function testMixedFleet(meeting: Meeting, more: Claims = {}): void {
  const name = `A mixed fleet over ${meeting.name}`;
  Deno.test(requires({ node: true, ...meeting.needs }, name, async (t) => {
    await using fleet = await Fleet.start(meeting);
    const claims: Claims = { ...broadcasts, ...sockets, ...servers, ...more };
    for (const [claim, fn] of Object.entries(claims)) {
      await t.step({
        name: claim,
        async fn() {
          await fn(fleet);
          await fleet.dismiss();
        },
        // The servers are the test's, and go on meanwhile.
        sanitizeOps: false,
        sanitizeResources: false,
      });
    }
    await t.step({
      name: "a server that leaves is not waited for",
      fn: () => assertNobodyWaits(fleet),
      sanitizeOps: false,
      sanitizeResources: false,
    });
  }));
}
