/** Long-polling of revision 3, as far as it is its own. */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EngineServer } from "../server.ts";
import type { Socket } from "../socket.ts";

const URL = "http://localhost/engine.io/?EIO=3&transport=polling";

/** A session of a server whose requests need no network. */
async function open(query = "") {
  const engine = new EngineServer({ allowEIO3: true });
  const opening = new Promise<Socket>((resolve) =>
    engine.once("connection", resolve)
  );
  await (await engine.handle(new Request(URL + query))).body?.cancel();
  const socket = await opening;
  const closed: string[] = [];
  socket.on("close", (reason) => closed.push(reason));
  const get = async () =>
    await engine.handle(new Request(`${URL}&sid=${socket.id}`));
  return { socket, closed, get, [Symbol.dispose]: () => engine.close() };
}

Deno.test("EngineSocket of revision 3 goes on with bytes in an idle poll", async () => {
  using time = new FakeTime();
  using session = await open();
  const answer = session.get();
  await time.tickAsync(1_100);
  const response = await answer; // before there is anything to say
  assertEquals(
    response.headers.get("content-type"),
    "application/octet-stream",
  );
  session.socket.send("a");
  assertEquals(await response.bytes(), Uint8Array.of(0, 2, 255, 0x34, 0x61));
});

Deno.test("EngineSocket of revision 3 goes on with text where its client has no bytes", async () => {
  using time = new FakeTime();
  using session = await open("&b64=1");
  const answer = session.get();
  await time.tickAsync(1_100);
  const response = await answer;
  session.socket.send(Uint8Array.of(1));
  assertEquals(await response.text(), "6:b4AQ==");
});

Deno.test("EngineSocket goes on with a script in an idle poll of JSONP", async () => {
  using time = new FakeTime();
  using session = await open("&j=3");
  const answer = session.get();
  await time.tickAsync(1_100);
  const response = await answer;
  assertEquals(
    response.headers.get("content-type"),
    "text/javascript;charset=UTF-8",
  );
  session.socket.send("a");
  assertEquals(await response.text(), '___eio[3]("2:4a");');
});

Deno.test("EngineSocket of revision 3 ends when the client of an idle poll leaves", async () => {
  using time = new FakeTime();
  using session = await open();
  const answer = session.get();
  await time.tickAsync(1_100);
  await (await answer).body?.cancel();
  assertEquals(session.closed, ["transport error"]);
});

Deno.test("EngineSocket of revision 3 ends without pings after pingInterval and pingTimeout", async () => {
  using time = new FakeTime();
  using session = await open();
  await time.tickAsync(44_000);
  assertEquals(session.closed, []);
  await time.tickAsync(2_000);
  assertEquals(session.closed, ["ping timeout"]);
});
