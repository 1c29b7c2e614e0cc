/** `serveClient` and paths that lead elsewhere, and what it needs to be allowed. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { RawConnection, within } from "./_support/wire.ts";
import { ListeningBed } from "./_support/listening_bed.ts";

const SECRET = "nobody must read this";
const CONTENT = "the bundle";
const CONFIG = new URL("../deno.json", import.meta.url);

/** A folder with a bundle, in a folder with secrets of the same and other names. */
class Folders implements AsyncDisposable {
  readonly parent: string;
  readonly dist: URL;

  private constructor(parent: string) {
    this.parent = parent;
    this.dist = new URL(`file://${parent}/dist/`);
  }

  static async create(): Promise<Folders> {
    const folders = new Folders(await Deno.makeTempDir());
    const { parent, dist } = folders;
    await Deno.mkdir(dist);
    await Deno.writeTextFile(new URL("socket.io.js", dist), CONTENT);
    for (const name of ["socket.io.js", "socket.io.min.js", "secret"]) {
      await Deno.writeTextFile(`${parent}/${name}`, SECRET);
    }
    await Deno.writeTextFile(new URL("secret", dist), SECRET);
    return folders;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.parent, { recursive: true });
  }
}

/** Request targets as they go over the wire, which `fetch` would tidy up. */
const targets: Record<string, (parent: string) => string> = {
  "a step up": () => "/socket.io/../socket.io.js",
  "a step up and back": () => "/socket.io/../dist/secret?socket.io.js",
  "an encoded slash": () => "/socket.io/..%2fsocket.io.js",
  "an encoded slash in capitals": () => "/socket.io/..%2Fsocket.io.min.js",
  "encoded dots": () => "/socket.io/%2e%2e/socket.io.js",
  "all encoded": () => "/socket.io/%2e%2e%2fsocket.io.js",
  "encoded twice": () => "/socket.io/%252e%252e%252fsocket.io.js",
  "a backslash": () => "/socket.io/..\\socket.io.js",
  "an encoded backslash": () => "/socket.io/..%5csocket.io.js",
  "an overlong slash": () => "/socket.io/..%c0%afsocket.io.js",
  "a second slash": () => "/socket.io//socket.io.js",
  "an absolute path": (parent) => `/socket.io/${parent}/socket.io.js`,
  "an encoded absolute path": (parent) =>
    `/socket.io/${encodeURIComponent(`${parent}/socket.io.js`)}`,
  "a URL of its own": (parent) => `/socket.io/file://${parent}/socket.io.js`,
  "a URL of its own, encoded": (parent) =>
    `/socket.io/${encodeURIComponent(`file://${parent}/socket.io.js`)}`,
  "an encoded NUL": () => "/socket.io/secret%00socket.io.js",
  "an encoded NUL behind": () => "/socket.io/socket.io.js%00",
  "an encoded line break": () => "/socket.io/secret%0asocket.io.js",
  "a parameter": () => "/socket.io/secret;socket.io.js",
  "a query": () => "/socket.io/secret?/socket.io.js",
  "a name in capitals": () => "/socket.io/SOCKET.IO.js",
  "another file": () => "/socket.io/secret?socket.io.",
  "another extension": () => "/socket.io/socket.io.js.map.bak",
};
for (const [name, makeTarget] of Object.entries(targets)) {
  Deno.test(`serveClient serves nothing for ${name} in the path`, async () => {
    await using folders = await Folders.create();
    await using bed = new ListeningBed({ serveClient: folders.dist });
    const target = makeTarget(folders.parent);
    using connection = await RawConnection.connect(bed.url);
    await connection.write(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    const { status, body } = await connection.readResponse();
    assertEquals([body.includes(SECRET), body.includes(CONTENT)], [
      false,
      false,
    ]);
    assertMatch(String(status), /^40[04]$/);
    // It serves on.
    const response = await fetch(`${bed.url}socket.io.js`);
    assertEquals(await response.text(), CONTENT);
  });
}

Deno.test("serveClient takes the path of a target in absolute form", async () => {
  await using folders = await Folders.create();
  await using bed = new ListeningBed({ serveClient: folders.dist });
  using connection = await RawConnection.connect(bed.url);
  await connection.write(
    "GET http://elsewhere.example/socket.io/socket.io.js HTTP/1.1\r\n" +
      "Host: localhost\r\nConnection: close\r\n\r\n",
  );
  const { status, body } = await connection.readResponse();
  assertEquals([status, body], [200, CONTENT]);
});

/** Serves the bundle of the folder that is its argument, to itself and without a network. */
const PROGRAM = `
import { Server } from "@deno-socketio/server";

const io = new Server({ serveClient: Deno.args[0] });
const handle = io.handler();
const request = new Request("http://localhost/socket.io/socket.io.js");
const response = await handle(request);
console.log(response.status, await response.text());
await io.close();
`;

/** Runs the program with permission to read one folder. */
async function run(dist: URL, readable: string) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, PROGRAM);
    const { code, stdout, stderr } = await within(
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          "--no-lock",
          `--allow-read=${readable}`,
          `--config=${CONFIG.pathname}`,
          file,
          dist.href,
        ],
        stdin: "null",
        env: { NO_COLOR: "1" },
      }).output(),
      "the end of the program",
    );
    const decoder = new TextDecoder();
    return {
      code,
      output: decoder.decode(stdout).trim(),
      errors: decoder.decode(stderr),
    };
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("serveClient needs --allow-read of its folder and no other permission", async () => {
  await using folders = await Folders.create();
  assertEquals(await run(folders.dist, folders.dist.pathname), {
    code: 0,
    output: `200 ${CONTENT}`,
    errors: "",
  });
});

Deno.test("serveClient without this permission says which it needs", async () => {
  await using folders = await Folders.create();
  const { code, errors } = await run(folders.dist, "/no/such/folder");
  assertEquals(code, 1);
  assertStringIncludes(errors, "NotCapable");
  assertStringIncludes(errors, folders.dist.pathname.replace(/\/$/, ""));
});
