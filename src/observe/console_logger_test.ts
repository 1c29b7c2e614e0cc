import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  ConnectionEvent,
  ConnectionRefusedEvent,
  LimitExceededEvent,
  PacketErrorEvent,
} from "../diagnostic_events.ts";
import { Diagnostics } from "../diagnostics.ts";
import type { ObservedSocket } from "../observer.ts";
import { consoleLogger, isLogLevel, type LogLevel } from "./console_logger.ts";

function open(level?: LogLevel) {
  const diagnostics = new Diagnostics();
  const lines: unknown[][] = [];
  const write = (at: string) => (...args: unknown[]) => {
    lines.push([at, ...args]);
  };
  const stop = consoleLogger({ diagnostics }, {
    ...level === undefined ? {} : { level },
    sink: {
      error: write("error"),
      warn: write("warn"),
      info: write("info"),
      debug: write("debug"),
    },
  });
  return { diagnostics, lines, stop };
}

function socketOf(id: string): ObservedSocket {
  return {
    id,
    namespace: "/",
    namespaceGroup: "/",
    address: "::1",
    recovered: false,
    handshake: { auth: {}, headers: {} },
    face: {},
    hears: () => false,
  };
}

Deno.test("consoleLogger() writes a line with time, level, event and what is known of it", () => {
  using time = new FakeTime(0);
  const { diagnostics, lines, stop } = open();
  diagnostics.reportLimit("eventsPerSecond", "::1");
  time.tick(1_500);
  diagnostics.reportError("thrown", 'a listener of "a"');
  stop();
  diagnostics.reportLimit("eventsPerSecond", "::1");
  assertEquals(lines, [
    [
      "warn",
      "1970-01-01T00:00:00.000Z warn limitexceeded eventsPerSecond ::1",
    ],
    [
      "error",
      '1970-01-01T00:00:01.500Z error callbackerror a listener of "a"',
      "thrown",
    ],
  ]);
});

Deno.test("consoleLogger() tells of an adapter's error once", () => {
  const { diagnostics, lines } = open();
  diagnostics.reportAdapterError("lost", "/");
  assertEquals(lines.map(([level, , error]) => [level, error]), [
    ["error", "lost"],
  ]);
});

Deno.test("consoleLogger() makes what clients choose harmless", () => {
  using _time = new FakeTime(0);
  const { diagnostics, lines } = open("info");
  diagnostics.dispatchEvent(
    new ConnectionRefusedEvent(
      "/a\nb\x1b[2J\x9b\u202e",
      undefined,
      "10.0.0.1\r\n",
      "x".repeat(1_000),
    ),
  );
  // As those of Socket.IO 2 have it in a namespace of theirs.
  const id = "/a\nb#1";
  diagnostics.dispatchEvent(new ConnectionEvent(socketOf(id)));
  diagnostics.dispatchEvent(new ConnectionEvent(socketOf("/a-b#1_2")));
  const error = new SyntaxError("no\rpacket");
  diagnostics.dispatchEvent(new PacketErrorEvent(error, "10.0.0.1"));
  assertEquals(lines.map(([, line]) => line), [
    '1970-01-01T00:00:00.000Z warn connectionrefused "/a\\nb\\u001b[2J\\u009b\\u202e" ' +
    `"${"x".repeat(200)}…" "10.0.0.1\\r\\n"`,
    '1970-01-01T00:00:00.000Z info connection "/" "/a\\nb#1" ::1',
    '1970-01-01T00:00:00.000Z info connection "/" /a-b#1_2 ::1',
    '1970-01-01T00:00:00.000Z warn packeterror "SyntaxError: no\\rpacket" 10.0.0.1',
  ]);
});

const levels: Record<LogLevel, string[]> = {
  silent: [],
  error: ["adaptererror", "callbackerror"],
  warn: [
    "connectionrefused",
    "handshakerefused",
    "limitexceeded",
    "packeterror",
  ],
  info: ["adapterchange", "connection", "disconnection", "serverclose"],
  debug: ["eventreceived", "eventsent", "sessionend", "sessionstart"],
};
for (const [index, level] of Object.keys(levels).entries()) {
  Deno.test(`consoleLogger() listens to no more than "${level}" needs`, () => {
    const { diagnostics } = open(level as LogLevel); // a key of the table
    const types = Object.values(levels).flat();
    const heard = types.filter((type) => diagnostics.hears(type as "connection") // one of the types
    );
    assertEquals(heard, Object.values(levels).slice(0, index + 1).flat());
    assertEquals(diagnostics.observer !== undefined, level === "debug");
  });
}

Deno.test("consoleLogger() refuses what is no level", () => {
  const level = "loud" as LogLevel; // as from the environment
  assertEquals([isLogLevel(level), isLogLevel("debug")], [false, true]);
  assertThrows(
    () => open(level),
    RangeError,
    'Cannot log at "loud": it is none of silent, error, warn, info, debug',
  );
});

Deno.test("consoleLogger() survives a sink that throws", () => {
  const diagnostics = new Diagnostics();
  const { error } = console;
  const failures: unknown[] = [];
  console.error = (...args: unknown[]) => void failures.push(args[1]);
  const fail = () => {
    throw "full";
  };
  try {
    consoleLogger({ diagnostics }, {
      sink: { error: fail, warn: fail, info: fail, debug: fail },
    });
    diagnostics.dispatchEvent(new LimitExceededEvent("a", "b"));
  } finally {
    console.error = error;
  }
  assertEquals(failures, ["full"]);
});

Deno.test("consoleLogger() indents errors for the console, and makes them harmless", () => {
  using _time = new FakeTime(0);
  const diagnostics = new Diagnostics();
  const { error } = console;
  const lines: unknown[][] = [];
  console.error = (...args: unknown[]) => void lines.push(args);
  try {
    consoleLogger({ diagnostics });
    const failure = new SyntaxError("no \x1b[2J\n1970 info forged");
    delete failure.stack;
    diagnostics.reportError(failure, "a listener");
  } finally {
    console.error = error;
  }
  assertEquals(lines.length, 1);
  const [first, ...more] = String(lines[0]).split("\n");
  assertEquals(
    first,
    "1970-01-01T00:00:00.000Z error callbackerror a listener",
  );
  assertEquals(more.filter((line) => !line.startsWith("    ")), []);
  assertEquals(more.join().includes("\x1b"), false);
});
