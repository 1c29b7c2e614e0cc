import { assertEquals, assertRejects } from "@std/assert";
import { Inbox } from "./inbox.ts";

Deno.test("Inbox gives what comes to who has waited longest", async () => {
  const inbox = new Inbox();
  const [first, second] = [wait(inbox, "a"), wait(inbox, "a")];
  for (const n of [1, 2, 3]) inbox.put("a", [n]);
  assertEquals([await first, await second], [[1], [2]]);
  assertEquals(inbox.takeAll("a"), [[3]]);
});

Deno.test("Inbox forgets the oldest beyond 10,000 of a name", () => {
  const inbox = new Inbox();
  for (let n = 0; n < 10_002; n++) inbox.put("a", [n]);
  inbox.put("b", []);
  assertEquals(inbox.shift("a"), [2]);
  assertEquals(inbox.takeAll("a").length, 9_999);
  assertEquals(inbox.takeAll("b"), [[]]);
});

Deno.test("Inbox.fail() spares who waits for a connection", async () => {
  const inbox = new Inbox();
  const [event, connect] = [wait(inbox, "a"), wait(inbox, "connect")];
  inbox.fail((name) => new Error(`no ${name}`));
  await assertRejects(() => event, Error, "no a");
  inbox.put("connect", []);
  assertEquals(await connect, []);
});

function wait(inbox: Inbox, name: string): Promise<unknown[]> {
  return new Promise((resolve, reject) =>
    void inbox.want(name, { resolve, reject })
  );
}
