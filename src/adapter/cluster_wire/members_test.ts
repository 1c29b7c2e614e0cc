import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EMITTER_UID, Members, type MembersOptions } from "./mod.ts";

/** Writes down what is said and who goes. */
function open(options?: MembersOptions, isDeaf = () => false) {
  const sent: string[] = [];
  const gone: string[] = [];
  const members = new Members({
    sendPresence: ({ type }) => sent.push(type),
    onGone: (uid) => gone.push(uid),
    isDeaf,
  }, options);
  members.open();
  return { members, sent, gone };
}

Deno.test("Members says that it has come, and that it leaves", () => {
  using _ = new FakeTime();
  const { members, sent } = open();
  members.open();
  assertEquals(sent, ["joined"]);
  members.close();
  members.close();
  assertEquals(sent, ["joined", "left"]);
});

Deno.test("Members says that it is there once in an interval", () => {
  using time = new FakeTime();
  const { members, sent } = open();
  time.tick(20_000);
  assertEquals(sent, ["joined", ...Array(4).fill("alive")]);
  members.close();
});

Deno.test("Members says nothing while it sends other things", () => {
  using time = new FakeTime();
  const { members, sent } = open();
  for (let i = 0; i < 20; i++) {
    time.tick(1_000);
    members.onSent();
  }
  assertEquals(sent, ["joined"]);
  time.tick(5_000);
  assertEquals(sent, ["joined", "alive"]);
  members.close();
});

Deno.test("Members answers who has come, and counts everybody once", () => {
  using _ = new FakeTime();
  const { members, sent } = open();
  members.onReceived("a", { type: "joined" });
  members.onReceived("a", { type: "alive" });
  members.onReceived("b");
  assertEquals(members.others, 2);
  assertEquals(sent, ["joined", "alive"]);
  members.close();
  assertEquals(members.others, 0);
});

Deno.test("Members does not count emitters", () => {
  using _ = new FakeTime();
  const { members } = open();
  members.onReceived(EMITTER_UID);
  assertEquals(members.others, 0);
  members.close();
});

Deno.test("Members loses who leaves, and who is silent for too long", () => {
  using time = new FakeTime();
  const { members, gone } = open();
  for (const uid of ["a", "b", "c"]) members.onReceived(uid);
  members.onReceived("a", { type: "left" });
  members.onReceived("nobody", { type: "left" });
  assertEquals(gone, ["a"]);
  time.tick(6_000);
  members.onReceived("b", { type: "alive" });
  time.tick(6_000);
  assertEquals(gone, ["a", "c"]);
  assertEquals(members.others, 1);
  time.tick(6_000);
  assertEquals(gone, ["a", "c", "b"]);
  members.close();
});

Deno.test("Members says nobody is gone when it leaves itself", () => {
  using time = new FakeTime();
  const { members, gone, sent } = open();
  members.onReceived("a");
  members.close();
  members.onReceived("b", { type: "joined" });
  members.greet();
  time.tick(20_000);
  assertEquals(gone, []);
  assertEquals(sent, ["joined", "left"]);
});

Deno.test("Members waits as long as it is told", () => {
  using time = new FakeTime();
  const { members, sent, gone } = open({
    heartbeatInterval: 100,
    heartbeatTimeout: 300,
  });
  members.onReceived("a");
  time.tick(200);
  assertEquals(sent, ["joined", "alive", "alive"]);
  assertEquals(gone, []);
  time.tick(200);
  assertEquals(gone, ["a"]);
  members.close();
  const options = { heartbeatInterval: 0 };
  assertThrows(() => open(options), RangeError, "heartbeatInterval 0");
});

Deno.test("Members believes of nobody that it is gone while it hears nothing", () => {
  using time = new FakeTime();
  let isDeaf = false;
  const { members, sent, gone } = open(
    { heartbeatTimeout: 1_000 },
    () => isDeaf,
  );
  members.onReceived("a");
  members.onReceived("b");
  isDeaf = true;
  time.tick(10_000);
  assertEquals([members.others, gone], [2, []]);
  isDeaf = false;
  sent.length = 0;
  members.resume();
  assertEquals(sent, ["joined"]);
  time.tick(900);
  members.onReceived("a");
  time.tick(900);
  assertEquals(gone, ["b"]);
  isDeaf = true;
  members.close();
});
