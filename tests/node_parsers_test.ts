/** Parsers for Node as they are: those of npm, and one by hand. */

import { assertEquals, assertMatch } from "@std/assert";
import { EventEmitter } from "node:events";
import type { NodePacket, NodeParser } from "@deno-socketio/server";
import msgpackParser from "socket.io-msgpack-parser";
import * as jsonParser from "socket.io-parser";
import { ask, next, plain, TestBed } from "./_support/clients.ts";

/** JSON alone, backwards, so that nothing but it can read it. */
const backwards = {
  Encoder: class {
    encode(packet: NodePacket): string[] {
      return [reverse(JSON.stringify(packet))];
    }
  },
  Decoder: class extends EventEmitter {
    add(text: string): void {
      this.emit("decoded", JSON.parse(reverse(text)));
    }
    destroy(): void {}
  },
};

function reverse(text: string): string {
  return [...text].reverse().join("");
}

/** As applications on Node allow more attachments. */
const roomyParser = {
  Encoder: jsonParser.Encoder,
  Decoder: class extends jsonParser.Decoder {
    constructor() {
      super({ maxAttachments: 20 });
    }
  },
};

const BYTES = Uint8Array.of(0, 1, 255);

const parsers: Record<string, [parser: NodeParser, values: unknown[]]> = {
  "socket.io-msgpack-parser": [msgpackParser, ["é", { deep: [BYTES] }]],
  "socket.io-parser": [jsonParser, ["é", { deep: [BYTES, BYTES] }]],
  "a class that extends that of socket.io-parser": [
    roomyParser,
    [Array(15).fill(BYTES)],
  ],
  "a parser by hand": [backwards, ["é", { deep: [1, null] }]],
};

for (const [name, [parser, values]] of Object.entries(parsers)) {
  for (const mode of ["polling", "websocket"] as const) {
    Deno.test(`Server takes ${name} as it is (${mode})`, async () => {
      await using bed = new TestBed("4.8.4", mode, { parser });
      bed.io.of("/refused").use((_socket, next) => {
        next(Object.assign(new Error("no"), { data: { code: 7 } }));
      });
      const [socket, client] = await bed.pair("/", {
        parser,
        auth: { token: "é" },
      });
      assertEquals(socket.handshake.auth, { token: "é" });
      socket.on("ask", (...args) => args.pop()(...args));
      client.on("ask", (...args) => args.pop()(...args));
      assertEquals(plain(await ask(client, "ask", ...values)), values);
      assertEquals(plain(await ask(socket, "ask", ...values)), values);
      const heard = next(client, "news");
      bed.io.emit("news", ...values);
      assertEquals(plain(await heard), values);
      const refused = bed.open("/refused", { parser });
      const [error] = await next(refused, "connect_error");
      assertEquals((error as Error).message, "no"); // what clients give
    });
  }
}

Deno.test("Server lets go of the decoder of a client that leaves", async () => {
  let destroyed = 0;
  const parser = {
    Encoder: backwards.Encoder,
    Decoder: class extends backwards.Decoder {
      override destroy(): void {
        destroyed++;
        throw new Error("not now");
      }
    },
  };
  await using bed = new TestBed("4.8.4", "websocket", { parser });
  const failures: unknown[] = [];
  bed.io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    failures.push((event.error as Error).message); // thrown above
  });
  const [socket, client] = await bed.pair("/", { parser: backwards });
  const left = next(socket, "disconnect");
  client.disconnect();
  await left;
  client.io.engine.close();
  await next(socket.conn, "close");
  assertEquals([destroyed, failures], [1, ["not now"]]);
});

Deno.test("Server survives what a parser throws", async () => {
  await using bed = new TestBed("4.8.4", "websocket", { parser: backwards });
  const [socket, client] = await bed.pair("/", { parser: backwards });
  const errors: unknown[] = [];
  socket.on("error", (error) => errors.push(error));
  const left = next(socket, "disconnect");
  client.io.engine.write("no JSON");
  assertEquals((await left)[0], "forced close");
  assertMatch(String(errors[0]), /Cannot decode packet: .*JSON/);
  const [other, otherClient] = await bed.pair("/", { parser: backwards });
  other.on("ask", (answer) => answer("here"));
  assertEquals(await ask(otherClient, "ask"), ["here"]);
});
