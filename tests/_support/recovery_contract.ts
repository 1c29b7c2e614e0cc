/** How a server brings interrupted sessions back, whatever keeps them. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  ask,
  type Client,
  type ClientOptions,
  connected,
  engineOf,
  next,
  Visitors,
} from "./clients.ts";
import type { RunningServer, TargetOptions } from "./target_contract.ts";

/** Starts a server with the app `recovery`. */
export type StartRecovering = (
  options: Pick<
    TargetOptions,
    "connectionStateRecovery" | "pingInterval" | "cleanupEmptyChildNamespaces"
  >,
) => Promise<RunningServer>;

/** A server that recovers sessions, and the official client. */
class Bed implements AsyncDisposable {
  readonly #server: RunningServer;
  readonly #visitors = new Visitors();
  readonly #origin: string;

  private constructor(server: RunningServer) {
    this.#server = server;
    this.#origin = new URL(server.url).origin;
  }

  static async start(
    start: StartRecovering,
    recovery: { maxDisconnectionDuration?: number; maxPackets?: number } = {},
    rest: Omit<Parameters<StartRecovering>[0], "connectionStateRecovery"> = {},
  ): Promise<Bed> {
    return new Bed(
      await start({ connectionStateRecovery: recovery, ...rest }),
    );
  }

  /** Connects to the main namespace. */
  connect(options: ClientOptions = {}): Promise<Client> {
    return this.#connect("/", options);
  }

  /** Connects to a namespace that comes into being for it. */
  connectTo(namespace: string): Promise<Client> {
    return this.#connect(namespace, {});
  }

  /** Opens a client of the main namespace, and does not wait for it. */
  open(options: ClientOptions): Client {
    return this.#visitors.open(
      "4.8.4",
      "websocket",
      this.#origin + "/",
      options,
    );
  }

  /** Connects to the namespace that says what is sent. */
  control(): Promise<Client> {
    return this.#connect("/control", {});
  }

  #connect(namespace: string, options: ClientOptions): Promise<Client> {
    return this.#visitors.connect(
      "4.8.4",
      "websocket",
      this.#origin + namespace,
      options,
    );
  }

  reported(kind: string, fields?: Record<string, unknown>) {
    return this.#server.reported(kind, fields);
  }

  /** Cuts a client's connection off, and waits until the server knows. */
  async cut(client: Client): Promise<void> {
    const { id } = client;
    engineOf(client).close();
    await this.reported("disconnect", { id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#visitors[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** What a client knows of its session. */
interface SessionKeys {
  readonly _pid: string;
  readonly _lastOffset: string | undefined;
}

/** The secrets of a client's session, as the client would send them. */
function keysOf(client: Client): { pid: string; offset: string | undefined } {
  const { _pid, _lastOffset } = client as unknown as SessionKeys; // private to the client
  return { pid: _pid, offset: _lastOffset };
}

/** Remembers the events that a client gets, without their offsets. */
function record(client: Client): unknown[][] {
  const events: unknown[][] = [];
  client.onAny((...event: unknown[]) => events.push(event.slice(0, -1)));
  return events;
}

async function comeBack(client: Client): Promise<void> {
  client.connect();
  await connected(client);
}

/**
 * Defines the tests of connection state recovery.
 *
 * @param claim Defines one.
 * @param start Starts a server.
 */
export function recoveryContract(
  claim: (name: string, run: () => Promise<void>) => void,
  start: StartRecovering,
): void {
  claim(
    "a client that was cut off has its id, rooms and data again",
    async () => {
      await using bed = await Bed.start(start);
      const control = await bed.control();
      const client = await bed.connect();
      const { id } = client;
      await bed.reported("connection", { id, recovered: false });
      const heard = next(client, "first");
      await ask(control, "to room", "first", 1);
      await heard;
      await bed.cut(client);
      await comeBack(client);
      assertEquals([client.recovered, client.id], [true, id]);
      const { rooms, data } = await bed.reported("connection", {
        recovered: true,
      });
      assertEquals([rooms, data], [2, { visits: 1 }]);
    },
  );

  claim("a client gets what it missed, in order and once", async () => {
    await using bed = await Bed.start(start);
    const control = await bed.control();
    const client = await bed.connect();
    const events = record(client);
    const heard = next(client, "seen");
    await ask(control, "to room", "seen");
    await heard;
    await bed.cut(client);
    await ask(control, "to room", "missed", 1);
    await ask(control, "to all", "missed", new Uint8Array([1, 2]));
    await ask(control, "to room", "missed", 3);
    await comeBack(client);
    const last = next(client, "last");
    await ask(control, "to one", client.id, "last");
    await last;
    assertEquals(events.map(([name]) => name), [
      "seen",
      "missed",
      "missed",
      "missed",
      "last",
    ]);
    assertEquals([...events[2]![1] as Uint8Array], [1, 2]);
  });

  claim("a client that got no event before is recovered too", async () => {
    await using bed = await Bed.start(start);
    const control = await bed.control();
    const client = await bed.connect();
    const events = record(client);
    await bed.cut(client);
    await ask(control, "to room", "missed", 1);
    await comeBack(client);
    assert(client.recovered);
    const last = next(client, "last");
    await ask(control, "to one", client.id, "last");
    await last;
    assertEquals(events, [["missed", 1], ["last"]]);
  });

  claim(
    "a client that missed nothing is recovered, however much others got",
    async () => {
      await using bed = await Bed.start(start, { maxPackets: 5 }, {
        pingInterval: 50,
      });
      const control = await bed.control();
      const quiet = await bed.connect();
      const busy = await bed.connect();
      for (let i = 0; i < 10; i++) {
        await ask(control, "to one", busy.id, "for others");
      }
      await next(engineOf(quiet), "ping"); // its answer proves that nothing is on its way
      await next(engineOf(quiet), "ping");
      await bed.cut(quiet);
      await comeBack(quiet);
      assert(quiet.recovered);
    },
  );

  claim("a volatile event does not end the recovery", async () => {
    await using bed = await Bed.start(start);
    const control = await bed.control();
    const client = await bed.connect();
    const seen = next(client, "seen");
    await ask(control, "to room", "seen");
    await seen;
    const tick = next(client, "tick");
    await ask(control, "volatile", "tick");
    await tick;
    await bed.cut(client);
    await comeBack(client);
    assert(client.recovered);
  });

  claim(
    "a client whose old connection still seems open is recovered",
    async () => {
      await using bed = await Bed.start(start);
      const control = await bed.control();
      const old = await bed.connect();
      const seen = next(old, "seen");
      await ask(control, "to room", "seen");
      await seen;
      const { id } = old;
      const client = await bed.connect({ auth: keysOf(old) });
      await bed.reported("disconnect", { id });
      assertEquals(client.id, id);
    },
  );

  claim("a session goes on in one place at a time", async () => {
    await using bed = await Bed.start(start);
    const control = await bed.control();
    const client = await bed.connect();
    const seen = next(client, "seen");
    await ask(control, "to room", "seen");
    await seen;
    const auth = keysOf(client);
    await bed.cut(client);
    const first = await bed.connect({ auth });
    const gone = next(first, "disconnect");
    const second = await bed.connect({ auth });
    await gone;
    assertEquals([first.connected, second.connected], [false, true]);
  });

  claim(
    "an offset of an earlier session brings back nothing older",
    async () => {
      await using bed = await Bed.start(start);
      const control = await bed.control();
      const before = await bed.connect();
      const seen = next(before, "seen");
      await ask(control, "to room", "seen");
      await seen;
      const { offset } = keysOf(before);
      const passed = next(before, "before the session");
      await ask(control, "to all", "before the session");
      await passed;
      const client = await bed.connect();
      const { pid } = keysOf(client);
      await bed.cut(client);
      const back = bed.open({ auth: { pid, offset } });
      const events = record(back);
      await connected(back);
      const last = next(back, "last");
      await ask(control, "to one", back.id, "last");
      await last;
      assertEquals(events, [["last"]]);
    },
  );

  claim(
    "an answer that is waited for when a client is cut off fails",
    async () => {
      await using bed = await Bed.start(start);
      const control = await bed.control();
      const client = await bed.connect();
      const question = next(client, "question");
      await ask(control, "ask", client.id);
      await question;
      await bed.cut(client);
      const { outcome } = await bed.reported("asked");
      assertEquals(outcome, "failed");
    },
  );

  claim(
    "a client that was alone in a namespace which goes with its last client is recovered",
    async () => {
      const cleanupEmptyChildNamespaces = true;
      await using bed = await Bed.start(start, {}, {
        cleanupEmptyChildNamespaces,
      });
      const client = await bed.connectTo("/room-1");
      const { id } = client;
      await ask(client, "event"); // without one, Node restores nothing
      await bed.cut(client);
      await comeBack(client);
      assertEquals([client.recovered, client.id], [true, id]);
    },
  );

  claim("a session of nobody is a new one", async () => {
    await using bed = await Bed.start(start);
    const client = await bed.connect({
      auth: { pid: "nobody", offset: "nothing" },
    });
    const { recovered } = await bed.reported("connection", { id: client.id });
    assertEquals(recovered, false);
  });

  claim("a client that left by itself is not recovered", async () => {
    await using bed = await Bed.start(start);
    const client = await bed.connect();
    const { id } = client;
    client.disconnect();
    await bed.reported("disconnect", {
      id,
      reason: "client namespace disconnect",
    });
    await comeBack(client);
    assertNotEquals(client.id, id);
  });
}
