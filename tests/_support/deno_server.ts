/**
 * Runs this project's servers for the suites that must see a process survive.
 *
 * Reads calls as lines of JSON, and answers each with one line. Ends with its input.
 */

import { TextLineStream } from "./text_lines.ts";
import type { TargetOptions } from "./target_contract.ts";
import { type DenoServer, denoTarget } from "./target_deno.ts";
import { assertEngineServes } from "./wire_health.ts";
import { joinClient } from "./wire_socketio.ts";

/** What the suite asks for, of one server or of the process. */
export type Call =
  & { readonly call: number; readonly server: number }
  & (
    | { readonly method: "startEngine"; readonly options: TargetOptions }
    | {
      readonly method: "startSocketIo";
      readonly app: string;
      readonly options: TargetOptions;
    }
    | {
      readonly method: "reported";
      readonly kind: string;
      readonly fields: Record<string, unknown>;
    }
    | { readonly method: "sessions" | "stop" | "dispose" | "memory" }
  );

const servers = new Map<number, DenoServer>();

async function answer(call: Call): Promise<unknown> {
  if (call.method === "startEngine") {
    const server = await denoTarget.startEngine(call.options);
    servers.set(call.server, server);
    return server.url;
  }
  if (call.method === "startSocketIo") {
    const server = await denoTarget.startSocketIo(call.app, call.options);
    servers.set(call.server, server);
    return server.url;
  }
  const server = servers.get(call.server);
  if (call.method === "memory") {
    server?.forget();
    return measure();
  }
  if (server === undefined) throw new Error(`No server ${call.server}`);
  switch (call.method) {
    case "reported":
      return await server.reported(call.kind, call.fields);
    case "sessions":
      return await server.sessions();
    case "stop":
      return await server.stop();
    case "dispose":
      servers.delete(call.server);
      return await server[Symbol.asyncDispose]();
  }
}

/** Bytes that are held once the garbage is gone. */
function measure(): number {
  const { gc } = globalThis as unknown as { gc: () => void }; // by --expose-gc
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Serves once, since what is learned by that stays. */
async function warmUp(): Promise<void> {
  await using engine = await denoTarget.startEngine();
  await assertEngineServes(engine);
  await using io = await denoTarget.startSocketIo("basic");
  await using client = await joinClient(io);
  client.send('42["echo",1]');
  await client.receive();
}

await warmUp();
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  const call: Call = JSON.parse(line);
  answer(call).then(
    (result) => console.log(JSON.stringify({ call: call.call, result })),
    (error) =>
      console.log(JSON.stringify({ call: call.call, error: `${error}` })),
  );
}
Deno.exit();
