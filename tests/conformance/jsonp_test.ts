/** Long-polling by scripts and forms, in both revisions of Engine.IO. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import {
  type Answer,
  endpoint,
  parseOpen,
  RawConnection,
  request,
  SEPARATOR,
  WireSocket,
} from "../_support/wire.ts";
import { readPayload, textPayload } from "../_support/wire_v3.ts";
import { suite } from "./cases.ts";

const claim = suite("jsonp");

/** How each revision joins packets, and reads them. */
const REVISIONS = {
  "3": {
    join: textPayload,
    split: (payload: string) => readPayload(payload).map(String),
    bytes: "b4AQID",
  },
  "4": {
    join: (...packets: string[]) => packets.join(SEPARATOR),
    split: (payload: string) => payload.split(SEPARATOR),
    bytes: "bAQID",
  },
};

/** Reads what a script calls its function with. */
function readScript(script: string, index = "7"): string {
  const head = `___eio[${index}](`;
  assertStringIncludes(script, head);
  assertEquals(script.indexOf(head), 0);
  assertEquals(script.slice(-2), ");");
  const argument = script.slice(head.length, -2);
  assertMatch(argument, /^"(?:[^"\\\u2028\u2029]|\\.)*"$/);
  return JSON.parse(argument);
}

/** A session by scripts and forms. */
class ScriptSession {
  readonly base: string;
  readonly #query: Record<string, string>;

  private constructor(base: string, query: Record<string, string>) {
    this.base = base;
    this.#query = query;
  }

  static async start(
    server: RunningServer,
    EIO: "3" | "4",
    j = "7",
  ): Promise<ScriptSession> {
    const query = { EIO, transport: "polling", j, b64: "1" };
    const { body } = await request(endpoint(server.url, query));
    const [open] = REVISIONS[EIO].split(readScript(body, j));
    return new ScriptSession(server.url, {
      ...query,
      sid: parseOpen(open).sid,
    });
  }

  get sid(): string {
    return this.#query.sid ?? "";
  }

  url(query: Record<string, string | undefined> = {}): string {
    return endpoint(this.base, { ...this.#query, ...query });
  }

  get(): Promise<Answer> {
    return request(this.url());
  }

  /** Posts a payload as the client's form does. */
  post(payload: string): Promise<Answer> {
    const d = payload.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
    return this.postForm(String(new URLSearchParams({ d })));
  }

  postForm(body: string): Promise<Answer> {
    return request(this.url(), {
      method: "POST",
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  }
}

function start(options = {}): Promise<RunningServer> {
  return target.startEngine({ allowEIO3: true, ...options });
}

for (const EIO of ["3", "4"] as const) {
  const { join, split, bytes } = REVISIONS[EIO];
  const about = `JSONP of revision ${EIO}`;

  claim(`${about}: a handshake is answered with a script`, async () => {
    await using server = await start();
    const { status, headers, body } = await request(
      endpoint(server.url, { EIO, transport: "polling", j: "7", b64: "1" }),
    );
    const [open, ...more] = split(readScript(body));
    const { sid } = parseOpen(open);
    assertEquals([status, more], [200, []]);
    assertMatch(headers.get("cache-control") ?? "", /^no-store\b/);
    const json =
      `0{"sid":"${sid}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`;
    assertEquals(body, `___eio[7](${JSON.stringify(join(json))});`);
  });

  claim(
    `${about}: an answer cannot be taken for anything but a script`,
    async () => {
      await using server = await start();
      const session = await ScriptSession.start(server, EIO);
      await session.post(join("4hi"));
      const { headers } = await session.get();
      assertEquals(
        headers.get("content-type")?.toLowerCase().replaceAll(" ", ""),
        "text/javascript;charset=utf-8",
      );
      assertEquals(headers.get("x-content-type-options"), "nosniff");
    },
  );

  const TEXTS: Record<string, string> = {
    "plain text": "hello",
    "text beyond ASCII": "你好, 🦕, ß",
    "line breaks": "one\ntwo\r\nthree\n\n",
    "a backslash before an n": "\\n and \\\\n",
    "line and paragraph separators": "a\u2028b\u2029c",
    "the end of a script": '</script>");alert(1)//',
    "what forms escape": "a+b&d=c%20=;",
  };
  for (const [name, text] of Object.entries(TEXTS)) {
    claim(`${about}: ${name} in both directions`, async () => {
      await using server = await start();
      const session = await ScriptSession.start(server, EIO);
      const { status, body } = await session.post(join(`4${text}`));
      assertEquals([status, body], [200, "ok"]);
      const script = (await session.get()).body;
      assertEquals(split(readScript(script)), [`4${text}`]);
    });
  }

  claim(`${about}: bytes are base64`, async () => {
    await using server = await start();
    const session = await ScriptSession.start(server, EIO);
    await session.post(join("4text", bytes));
    const { body } = await session.get();
    assertEquals(split(readScript(body)), ["4text", bytes]);
  });

  claim(`${about}: a held poll is answered with a script`, async () => {
    await using server = await start();
    const session = await ScriptSession.start(server, EIO);
    using connection = await RawConnection.connect(server.url);
    await connection.writeHead("GET", session.url());
    await session.post(join("4ring"));
    const { status, body } = await connection.readResponse();
    assertEquals([status, split(readScript(body))], [200, ["4ring"]]);
  });

  claim(`${about}: a form without its field says nothing`, async () => {
    await using server = await start();
    const session = await ScriptSession.start(server, EIO);
    for (const form of ["", "x=4hi", "dd=4hi", "&&"]) {
      const { status, body } = await session.postForm(form);
      assertEquals([status, body], [200, "ok"]);
    }
    await session.post(join("4still here"));
    const { body } = await session.get();
    assertEquals(split(readScript(body)), ["4still here"]);
  });

  for (const form of ["d=", "d=%zz", "a=1&d=nonsense&b=2"]) {
    claim(`${about}: the form ${form} ends the session`, async () => {
      await using server = await start();
      const session = await ScriptSession.start(server, EIO);
      await session.postForm(form);
      await server.reported("close", { reason: "parse error" });
      assertEquals((await session.get()).status, 400);
    });
  }

  const INDEXES: [sent: string, used: string][] = [
    ["0", "0"],
    ["12", "12"],
    ["", ""],
    ["alert(1)", "1"],
    ["0];alert(1);//", "01"],
    ["__proto__", ""],
    ["-1.5e3", "153"],
    ["\u0661", ""],
    ["\n1", "1"],
  ];
  for (const [sent, used] of INDEXES) {
    claim(
      `${about}: of j=${JSON.stringify(sent)} only digits are used`,
      async () => {
        await using server = await start();
        const { body } = await request(
          endpoint(server.url, { EIO, transport: "polling", j: sent }),
        );
        parseOpen(split(readScript(body, used))[0]);
      },
    );
  }

  claim(`${about}: the number of the first request holds for all`, async () => {
    await using server = await start();
    const session = await ScriptSession.start(server, EIO);
    await session.post(join("4hi"));
    const { body } = await request(session.url({ j: "8" }));
    assertEquals(split(readScript(body)), ["4hi"]);
  });

  claim(`${about}: a session without it does not turn into it`, async () => {
    await using server = await start();
    const query = { EIO, transport: "polling" };
    const { body } = await request(endpoint(server.url, query));
    const { sid } = parseOpen(split(body)[0]);
    const url = endpoint(server.url, { ...query, sid, j: "7" });
    await request(url, { method: "POST", body: join("4d=x") });
    assertEquals((await request(url)).body, join("4d=x"));
  });

  claim(`${about}: a refusal is JSON`, async () => {
    await using server = await start();
    const url = endpoint(server.url, { EIO, transport: "tcp", j: "7" });
    const { status, body } = await request(url);
    const refusal = '{"code":0,"message":"Transport unknown"}';
    assertEquals([status, body], [400, refusal]);
  });

  claim(`${about}: a session may move to a WebSocket`, async () => {
    await using server = await start();
    const session = await ScriptSession.start(server, EIO);
    await using socket = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    socket.send("2probe");
    assertEquals(await socket.receive(), "3probe");
    assertEquals(split(readScript((await session.get()).body)), ["6"]);
    await session.post(join("4waits"));
    socket.send("5", "4over there");
    assertEquals(await socket.receiveMany(2), ["4waits", "4over there"]);
  });

  claim(
    `${about}: a form over maxHttpBufferSize is refused with 413`,
    async () => {
      await using server = await start({ maxHttpBufferSize: 100 });
      const session = await ScriptSession.start(server, EIO);
      const { status } = await session.post(join(`4${"x".repeat(100)}`));
      assertEquals(status, 413);
    },
  );
}

claim("JSONP of revision 3: bytes in a POST say nothing", async () => {
  await using server = await start();
  const session = await ScriptSession.start(server, "3");
  const { status, body } = await request(session.url(), {
    method: "POST",
    body: Uint8Array.of(1, 2, 255, 4, 1),
    headers: { "content-type": "application/octet-stream" },
  });
  assertEquals([status, body], [200, "ok"]);
  assertEquals(await server.sessions(), 1);
});

claim("JSONP of revision 3 without b64 has bytes as base64 too", async () => {
  await using server = await start();
  const query = { EIO: "3", transport: "polling", j: "7" };
  const { body } = await request(endpoint(server.url, query));
  const { sid } = parseOpen(readPayload(readScript(body))[0]);
  const url = endpoint(server.url, { ...query, sid });
  const form = new URLSearchParams({ d: textPayload("b4AQID") });
  await request(url, { method: "POST", body: String(form) });
  assertEquals(readScript((await request(url)).body), textPayload("b4AQID"));
});
