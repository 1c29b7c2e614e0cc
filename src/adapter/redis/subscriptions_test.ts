import { assertEquals, assertRejects } from "@std/assert";
import { type MessageListener, Subscriptions } from "./subscriptions.ts";

/** A client which records what it is told, and does it when the test says so. */
class FakeClient {
  readonly told: string[] = [];
  readonly answers: PromiseWithResolvers<unknown>[] = [];
  readonly delivers: MessageListener[] = [];

  readonly subscriptions = new Subscriptions(
    (name, deliver) => this.#tell(`start ${name}`, deliver),
    (name, deliver) => this.#tell(`stop ${name}`, deliver),
  );

  #tell(what: string, deliver: MessageListener): Promise<unknown> {
    this.told.push(what);
    this.delivers.push(deliver);
    const answer = Promise.withResolvers<unknown>();
    this.answers.push(answer);
    return answer.promise;
  }
}

/** A listener that writes down what it hears, with its own name. */
function listener(name: string, heard: string[]): MessageListener {
  return (message, channel) => heard.push(`${name} ${message[0]} ${channel}`);
}

Deno.test("Subscriptions tells the client of the first listener and of the last", async () => {
  const { subscriptions, told, answers } = new FakeClient();
  const heard: string[] = [];
  const a = listener("a", heard);
  const b = listener("b", heard);
  const added = [
    subscriptions.add("x", a),
    subscriptions.add("x", b),
    subscriptions.add("x", b),
  ];
  assertEquals(told, ["start x"]);
  answers[0]!.resolve(undefined);
  await Promise.all(added);
  assertEquals(subscriptions.count("x"), 2);
  subscriptions.deliver("x", Uint8Array.of(1), "x");
  await subscriptions.remove("x", a);
  subscriptions.deliver("x", Uint8Array.of(2), "x");
  assertEquals(told, ["start x"]);
  const removed = subscriptions.remove("x", b);
  assertEquals(told, ["start x", "stop x"]);
  answers[1]!.resolve(undefined);
  await removed;
  subscriptions.deliver("x", Uint8Array.of(3), "x");
  assertEquals(heard, ["a 1 x", "b 1 x", "b 2 x"]);
  await subscriptions.remove("x", b);
  assertEquals(told.length, 2);
});

Deno.test("Subscriptions hears what comes until the client has stopped", async () => {
  const { subscriptions, answers, delivers } = new FakeClient();
  const heard: string[] = [];
  const a = listener("a", heard);
  const added = subscriptions.add("x", a);
  answers[0]!.resolve(undefined);
  await added;
  const removed = subscriptions.remove("x", a);
  assertEquals(subscriptions.count("x"), 0);
  subscriptions.deliver("x", Uint8Array.of(1), "x");
  delivers[0]!(Uint8Array.of(2), "x");
  answers[1]!.resolve(undefined);
  await removed;
  subscriptions.deliver("x", Uint8Array.of(3), "x");
  delivers[0]!(Uint8Array.of(4), "x");
  assertEquals(heard, ["a 1 x", "a 2 x"]);
});

Deno.test("Subscriptions starts anew, with another function, while it still stops", async () => {
  const { subscriptions, told, answers, delivers } = new FakeClient();
  const heard: string[] = [];
  const a = listener("a", heard);
  answers.length = 0;
  const first = subscriptions.add("x", a);
  answers[0]!.resolve(undefined);
  await first;
  const removed = subscriptions.remove("x", a);
  const second = subscriptions.add("x", a);
  assertEquals(told, ["start x", "stop x", "start x"]);
  assertEquals(delivers[0] === delivers[1], true);
  assertEquals(delivers[0] === delivers[2], false);
  delivers[0]!(Uint8Array.of(0), "x"); // the new one hears it too
  answers[1]!.resolve(undefined);
  answers[2]!.resolve(undefined);
  await Promise.all([removed, second]);
  delivers[2]!(Uint8Array.of(1), "x");
  assertEquals(heard, ["a 1 x"]);
});

Deno.test("Subscriptions forgets what could not start, for all that wait", async () => {
  const { subscriptions, told, answers } = new FakeClient();
  const a = listener("a", []);
  const added = [
    subscriptions.add("x", a),
    subscriptions.add("x", listener("b", [])),
  ];
  answers[0]!.reject(new Error("no connection"));
  for (const each of added) {
    await assertRejects(() => each, Error, "no connection");
  }
  assertEquals(subscriptions.count("x"), 0);
  const again = subscriptions.add("x", a);
  assertEquals(told, ["start x", "start x"]);
  answers[1]!.resolve(undefined);
  await again;
});
