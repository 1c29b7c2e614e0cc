/** The recipe of JSON Web Tokens. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SignJWT } from "jose";
import { connect, ConnectError, settled } from "@deno-socketio/server/testing";
import { createServer } from "../../examples/recipes/jwt.ts";

const SECRET = new TextEncoder().encode("a secret that has 32 characters.");

/** Makes a token that is valid for so many seconds. */
function sign(
  seconds: number,
  { user = "ada", secret = SECRET, alg = "HS256" } = {},
): Promise<string> {
  return new SignJWT({ sub: user })
    .setProtectedHeader({ alg })
    .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
    .sign(secret);
}

function start() {
  const io = createServer(SECRET);
  const failures: string[] = [];
  io.on("handler_error", (error) => failures.push((error as Error).message));
  return { io, failures };
}

Deno.test("examples/recipes/jwt.ts refuses tokens that are too old, forged or missing", async () => {
  await using io = createServer(SECRET);
  const other = new TextEncoder().encode("another that has 32 characters..");
  const tokens: [string, unknown][] = [
    ["expired", await sign(-1)],
    ["invalid", await sign(60, { secret: other })],
    ["invalid", await sign(60, { alg: "HS512", secret: new Uint8Array(64) })],
    ["invalid", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."],
    ["invalid", { toString: "no" }],
    ["invalid", undefined],
  ];
  for (const [code, token] of tokens) {
    const error = await assertRejects(
      () => connect(io, { auth: { token } }),
      ConnectError,
      "unauthorized",
    );
    assertEquals(error.data, { code });
  }
});

Deno.test("examples/recipes/jwt.ts disconnects who sends no new token", async () => {
  using time = new FakeTime();
  await using io = createServer(SECRET);
  await using client = await connect(io, { auth: { token: await sign(300) } });
  time.tick(269_000);
  await settled();
  assertEquals(client.take("expiring"), []);
  time.tick(1_000);
  const [[left] = []] = [await client.next("expiring")];
  assert(left > 0 && left <= 30_000);
  time.tick(30_000);
  assertEquals(await client.next("disconnect"), ["io server disconnect"]);
  await assertRejects(() => client.reconnect(), ConnectError);
  await client.reconnect({ auth: { token: await sign(60) } });
});

Deno.test("examples/recipes/jwt.ts keeps who sends a new token, of the same user", async () => {
  using time = new FakeTime();
  const { io, failures } = start();
  await using _io = io;
  await using client = await connect(io, { auth: { token: await sign(60) } });
  time.tick(40_000);
  await client.next("expiring");
  const stranger = await sign(60, { user: "eve" });
  assertEquals(await client.emitWithAck("authenticate", stranger), {
    error: { message: "another user" },
  });
  assertEquals(await client.emitWithAck("authenticate", await sign(-1)), {
    error: { message: "unauthorized", data: { code: "expired" } },
  });
  assertEquals(failures, ["another user", "unauthorized"]);
  const validUntil = await client.emitWithAck("authenticate", await sign(600));
  assert(validUntil > Date.now() + 590_000);
  time.tick(500_000);
  await settled();
  assert(client.connected);
  time.tick(100_000);
  assertEquals(await client.next("disconnect"), ["io server disconnect"]);
});

Deno.test("examples/recipes/jwt.ts waits for tokens that are valid for years", async () => {
  using time = new FakeTime();
  await using io = createServer(SECRET);
  const token = await sign(10 * 365 * 86_400);
  await using client = await connect(io, { auth: { token } });
  time.tick(1_000);
  await settled();
  assert(client.connected);
  assertEquals(client.take("expiring"), []);
});
