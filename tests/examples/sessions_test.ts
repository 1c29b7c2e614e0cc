/** The recipe of sessions by cookie. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { getSetCookies } from "@std/http";
import { connect, settled } from "@deno-socketio/server/testing";
import { createSite } from "../../examples/recipes/sessions.ts";

/** What a browser sends back. */
function cookieOf({ headers }: Response): string {
  const [cookie] = getSetCookies(headers);
  assert(cookie !== undefined);
  assertEquals([cookie.name, cookie.httpOnly, cookie.sameSite], [
    "session",
    true,
    "Lax",
  ]);
  return `session=${cookie.value}`;
}

for (const transport of ["websocket", "polling"] as const) {
  Deno.test(`examples/recipes/sessions.ts tells all tabs of a visitor who it is (${transport})`, async () => {
    const { io, handler } = createSite();
    await using _io = io;
    const page = await handler(new Request("http://localhost/"));
    assertEquals(await page.text(), "You are a stranger\n");
    const cookie = cookieOf(page);
    const options = { handler, transport, headers: { cookie } };
    await using first = await connect(io, options);
    await using second = await connect(io, options);
    await using other = await connect(io, { handler, transport });
    for (const client of [first, second, other]) {
      assertEquals(await client.next("user"), ["a stranger"]);
    }
    assertEquals(cookieOf(first.response), cookie);
    assertNotEquals(cookieOf(other.response), cookie);

    await handler(
      new Request("http://localhost/login", {
        method: "POST",
        body: "Ada",
        headers: { cookie },
      }),
    );
    assertEquals(await first.next("user"), ["Ada"]);
    assertEquals(await second.next("user"), ["Ada"]);
    await settled();
    assertEquals(other.take("user"), []);
    await using later = await connect(io, options);
    assertEquals(await later.next("user"), ["Ada"]);
  });
}

Deno.test("examples/recipes/sessions.ts gives nobody a session that it did not begin", async () => {
  const { io, handler } = createSite();
  await using _io = io;
  await using client = await connect(io, {
    handler,
    headers: { cookie: "session=mine" },
  });
  assertNotEquals(cookieOf(client.response), "session=mine");
});
