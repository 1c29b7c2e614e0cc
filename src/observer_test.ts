import { assertEquals } from "@std/assert";
import { type ObservedSocket, type Observer, Observers } from "./observer.ts";

const SOCKET: ObservedSocket = {
  id: "id",
  namespace: "/",
  namespaceGroup: "/",
  address: "",
  recovered: false,
  handshake: { auth: {}, headers: {} },
  face: {},
  hears: () => true,
};

function open(...list: Observer[]) {
  const errors: unknown[] = [];
  const observers = new Observers(list, (error) => errors.push(error));
  return { observers, errors };
}

/** Follows events, and writes down what it is told. */
function follower(name: string, log: string[]): Observer {
  return {
    onEventReceived: () => ({
      run(handle) {
        log.push(`${name} runs`);
        handle();
        log.push(`${name} ran`);
      },
      end: (error) => log.push(`${name} ends: ${error}`),
    }),
  };
}

Deno.test("Observers tells each of them, whatever another throws", () => {
  const heard: unknown[] = [];
  const { observers, errors } = open(
    {
      onPacketSent() {
        throw "no";
      },
    },
    {},
    { onPacketSent: (bytes) => void heard.push(bytes) },
  );
  observers.onPacketSent(7);
  assertEquals([heard, errors], [[7], ["no"]]);
});

Deno.test("Observers follows nothing where no observer does", () => {
  const { observers } = open({ onEventReceived: () => undefined }, {});
  assertEquals(observers.onEventReceived(SOCKET, ["a"]), undefined);
  assertEquals(observers.onConnecting(SOCKET), undefined);
});

Deno.test("Observers runs a handler within all scopes", () => {
  const log: string[] = [];
  const { observers } = open(follower("a", log), {}, follower("b", log));
  const scope = observers.onEventReceived(SOCKET, ["event"]);
  scope?.run(() => log.push("handler"));
  scope?.end("error");
  assertEquals(log, [
    ...["a runs", "b runs", "handler", "b ran", "a ran"],
    ...["a ends: error", "b ends: error"],
  ]);
});

const faulty: Record<string, (handle: () => void) => void> = {
  "throws before": () => {
    throw "no";
  },
  "throws afterwards": (handle) => {
    handle();
    throw "no";
  },
  "does not call it": () => {},
  "calls it twice": (handle) => {
    handle();
    handle();
  },
};
for (const [name, run] of Object.entries(faulty)) {
  Deno.test(`Observers runs a handler once if a scope ${name}`, () => {
    const { observers, errors } = open({
      onConnecting: () => ({
        run,
        end() {
          throw "no end";
        },
      }),
    });
    let calls = 0;
    const scope = observers.onConnecting(SOCKET);
    scope?.run(() => calls++);
    scope?.end();
    assertEquals(calls, 1);
    assertEquals(errors.at(-1), "no end");
  });
}
