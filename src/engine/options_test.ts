import { assertEquals, assertThrows } from "@std/assert";
import {
  type EngineOptions,
  pathPrefix,
  resolveEngineOptions,
} from "./options.ts";

Deno.test("resolveEngineOptions() fills in the defaults of Engine.IO", () => {
  assertEquals(resolveEngineOptions({}), {
    path: "/engine.io",
    addTrailingSlash: true,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    upgradeTimeout: 10_000,
    maxHttpBufferSize: 1_000_000,
    maxBufferedAmount: 16_777_216,
    transports: ["polling", "websocket"],
    allowUpgrades: true,
    cookie: false,
    httpCompression: true,
    trustProxy: false,
    allowEIO3: false,
    limits: {
      connectionsPerAddress: Infinity,
      connections: Infinity,
      pendingHandshakes: 10_000,
      packetsPerPayload: 100_000,
    },
  });
});

Deno.test("resolveEngineOptions() keeps what is given, and takes undefined for nothing", () => {
  const options = {
    pingInterval: 1,
    path: "/x",
    transports: ["websocket"],
    pingTimeout: undefined,
    cookie: undefined,
  };
  const resolved = resolveEngineOptions(options as unknown as EngineOptions); // as JavaScript may call it
  assertEquals(resolved.pingInterval, 1);
  assertEquals(resolved.path, "/x");
  assertEquals(resolved.transports, ["websocket"]);
  assertEquals(resolved.pingTimeout, 20_000);
  assertEquals(resolved.cookie, false);
});

const delays = ["pingInterval", "pingTimeout", "upgradeTimeout"];
const sizes = ["maxHttpBufferSize", "maxBufferedAmount"];
const wrong: Record<string, unknown>[] = [
  ...[...delays, ...sizes].flatMap((name) =>
    [0, -1, NaN, "1000", null].map((value) => ({ [name]: value }))
  ),
  ...delays.map((name) => ({ [name]: 2 ** 31 })),
  ...delays.map((name) => ({ [name]: Infinity })),
  { transports: ["webtransport"] },
  { transports: ["polling", "__proto__"] },
  { transports: "websocket" },
  { path: "" },
  { path: "socket.io" },
];

for (const options of wrong) {
  const name = Object.entries(options).map(([key, value]) =>
    `${key} ${typeof value === "string" ? `"${value}"` : value}`
  );
  Deno.test(`resolveEngineOptions() refuses ${name}`, () => {
    assertThrows(
      () => resolveEngineOptions(options),
      RangeError,
      "Cannot use",
    );
  });
}

Deno.test("resolveEngineOptions() fills in each limit by itself", () => {
  const { limits } = resolveEngineOptions({ limits: { pendingHandshakes: 1 } });
  assertEquals(limits, {
    connectionsPerAddress: Infinity,
    connections: Infinity,
    pendingHandshakes: 1,
    packetsPerPayload: 100_000,
  });
});

for (
  const name of [
    "connectionsPerAddress",
    "connections",
    "pendingHandshakes",
    "packetsPerPayload",
  ]
) {
  for (const limit of [0, -1, NaN, "1"]) {
    Deno.test(`resolveEngineOptions() refuses limits.${name} ${typeof limit} ${limit}`, () => {
      assertThrows(
        () => resolveEngineOptions({ limits: { [name]: limit } }),
        RangeError,
        `Cannot use limits.${name}`,
      );
    });
  }
}

const mistyped: Record<string, object> = {
  "allowRequest true": { allowRequest: true },
  "generateId of text": { generateId: "id" },
  "cors of text": { cors: "https://example.com" },
  "an initialPacket that is a number": { initialPacket: 1 },
};

for (const [name, options] of Object.entries(mistyped)) {
  Deno.test(`resolveEngineOptions() refuses ${name}`, () => {
    assertThrows(() => resolveEngineOptions(options), TypeError, "Cannot use");
  });
}

Deno.test("resolveEngineOptions() takes cors as Node does: true for the defaults, false for none", () => {
  const cors = (value: unknown) => {
    const options = { cors: value } as object; // as JavaScript may
    return resolveEngineOptions(options).cors;
  };
  assertEquals(cors(true), {});
  for (const none of [false, null, undefined]) {
    assertEquals(cors(none), undefined);
  }
});

Deno.test("resolveEngineOptions() takes the limits themselves", () => {
  resolveEngineOptions({ pingInterval: 1, pingTimeout: 2 ** 31 - 1 });
  resolveEngineOptions({ maxHttpBufferSize: 1, maxBufferedAmount: Infinity });
});

const prefixes: [path: string, addTrailingSlash: boolean, prefix: string][] = [
  ["/engine.io", true, "/engine.io/"],
  ["/engine.io/", true, "/engine.io/"],
  ["/engine.io", false, "/engine.io"],
  ["/engine.io/", false, "/engine.io"],
  ["/", true, "/"],
  ["/a/b", true, "/a/b/"],
];

for (const [path, addTrailingSlash, prefix] of prefixes) {
  Deno.test(`pathPrefix() makes ${prefix} of ${path}, addTrailingSlash ${addTrailingSlash}`, () => {
    assertEquals(pathPrefix({ path, addTrailingSlash }), prefix);
  });
}
