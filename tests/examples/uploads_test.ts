/** Files in chunks, with the official client and with what breaks the rules. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Server } from "@deno-socketio/server";
import { connect, settled } from "@deno-socketio/server/testing";
import { upload } from "../../examples/uploads/client.ts";
import { createServer } from "../../examples/uploads/server.ts";
import { Visitors, within } from "../_support/clients.ts";
import { until } from "../_support/cluster_bed.ts";

/** A server with a folder of its own. */
class Bed implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly io: Server = createServer(this.folder);
  readonly failures: unknown[] = [];

  constructor() {
    this.io.on("handler_error", (error) => this.failures.push(error));
  }

  files(): string[] {
    return Array.from(Deno.readDirSync(this.folder), ({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.io.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Bytes none of which is at another's place. */
function makeFile(size: number): Blob {
  return new Blob([Uint8Array.from({ length: size }, (_, i) => i * 7 % 251)]);
}

for (const mode of ["websocket", "polling"] as const) {
  Deno.test(`examples/uploads takes a file of the official client, and tells its progress (${mode})`, async () => {
    await using bed = new Bed();
    const http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      bed.io.handler(),
    );
    {
      await using visitors = new Visitors();
      const url = `http://127.0.0.1:${http.addr.port}`;
      const client = await visitors.connect("4.8.4", mode, url);
      const file = makeFile(1_500_000);
      const progress: number[] = [];
      const name = await within(
        upload(client, file, (written) => progress.push(written)),
        "the upload",
      );
      assertEquals(progress.at(-1), file.size);
      assertEquals(progress, progress.toSorted((a, b) => a - b));
      assertEquals(progress.length, 6);
      assertEquals(bed.files(), [name]);
      assertEquals(
        await Deno.readFile(`${bed.folder}/${name}`),
        await file.bytes(),
      );
    }
    await bed.io.close();
    await http.shutdown();
  });
}

Deno.test("examples/uploads forgets what does not come to its end", async () => {
  await using bed = new Bed();
  await using client = await connect(bed.io);
  await client.emitWithAck("upload", 1_000);
  assertEquals(await client.emitWithAck("chunk", new Uint8Array(400)), 400);
  const second = await client.emitWithAck("upload", 500);
  await until(() => bed.files().length === 1, "the first");
  assertEquals(bed.files(), [second]);
  client.disconnect();
  await until(() => bed.files().length === 0, "the second");
});

Deno.test("examples/uploads keeps one file of two that begin at once", async () => {
  await using bed = new Bed();
  await using client = await connect(bed.io);
  const names = await Promise.all([
    client.emitWithAck("upload", 3),
    client.emitWithAck("upload", 3),
  ]);
  await until(() => bed.files().length === 1, "one file");
  assertEquals(await client.emitWithAck("chunk", Uint8Array.of(1, 2, 3)), 3);
  await settled();
  assert(names.includes(bed.files()[0]));
});

for (
  const [what, chunk] of [
    ["more bytes than announced", new Uint8Array(1_001)],
    ["a text for a chunk", "x"],
  ]
) {
  Deno.test(`examples/uploads ends an upload of ${what}`, async () => {
    await using bed = new Bed();
    await using client = await connect(bed.io);
    await client.emitWithAck("upload", 1_000);
    const answer = await client.emitWithAck("chunk", chunk);
    assertEquals(answer.error.message, "Send as many bytes as you announced");
    await until(() => bed.files().length === 0, "no file");
    assertEquals(bed.failures.length, 1);
  });
}

Deno.test("examples/uploads refuses sizes that cannot be", async () => {
  await using bed = new Bed();
  await using client = await connect(bed.io);
  for (const size of [0, -1, NaN, 1e12, "1"]) {
    await assertRejects(
      () => upload(client, { size } as unknown as Blob), // as a client could lie
      Error,
      "Send 1 to",
    );
  }
  assertEquals(bed.files(), []);
});
