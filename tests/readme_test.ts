import { assert } from "@std/assert";

/** The code blocks of the README that only a running program can prove. */
async function blocks(): Promise<string[]> {
  const readme = await Deno.readTextFile(
    new URL("../README.md", import.meta.url),
  );
  const found = readme.matchAll(/^```ts ignore\n(.*?)^```$/gms);
  return Array.from(found, ([, code = ""]) => code);
}

/** Runs a program as a user would who has saved it beside `deno.json`. */
function run(code: string, ...permissions: string[]): Deno.ChildProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, "-"],
    cwd: new URL("..", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  void ReadableStream.from([new TextEncoder().encode(code)]).pipeTo(
    child.stdin,
  );
  return child;
}

function textOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStreamDefaultReader<string> {
  return stream.pipeThrough(new TextDecoderStream()).getReader();
}

/** Reads a program's output until it has printed `text`. */
async function printed(
  lines: ReadableStreamDefaultReader<string>,
  text: string,
): Promise<string> {
  let output = "";
  while (!output.includes(text)) {
    const { value, done } = await lines.read();
    assert(!done, `The program ended before it printed "${text}": ${output}`);
    output += value;
  }
  return output;
}

Deno.test("README's server answers README's client, and passes its message on", async () => {
  const [server, client] = await blocks();
  assert(server !== undefined && client !== undefined);
  const io = run(server.replace("port: 3000", "port: 0"), "--allow-net");
  const log = textOf(io.stdout);
  const notices = textOf(io.stderr); // where Deno says on which port it listens
  const [, port] = /:(\d+)/.exec(await printed(notices, "Listening on")) ?? [];
  assert(port !== undefined);

  const listening = run(client.replace("3000", port), "--allow-all");
  const heard = textOf(listening.stdout);
  await printed(log, "is here");
  await printed(heard, "0 others got it");
  const speaking = run(client.replace("3000", port), "--allow-all");
  await printed(heard, "somebody says hello");

  for (const program of [listening, speaking, io]) {
    program.kill();
    await program.status;
  }
  await Promise.all([
    ...[log, notices, heard].map((reader) => reader.cancel()),
    ...[listening.stderr, speaking.stdout, speaking.stderr].map((stream) =>
      stream.cancel()
    ),
  ]);
});
