/** Members of one fleet: servers of ours, and of npm's socket.io on Node. */

import { Server, type Socket } from "@deno-socketio/server";
import { plain } from "../_support/clients.ts";
import { installed } from "../_support/target_node.ts";
import { Reports } from "../_support/target_reports.ts";
import { within } from "../_support/within.ts";
import type { Report } from "../_support/target_contract.ts";
import type { Place } from "./place.ts";

const PROGRAM = new URL("./node_member.mjs", import.meta.url);

/** A member of a namespace, and its arguments if it is a method. */
export type Link = readonly [name: string, ...args: unknown[]];

/** A server, wherever it runs. */
export interface Member extends AsyncDisposable {
  readonly kind: "deno" | "node";
  readonly url: string;
  /**
   * Calls one thing after the other, beginning with a namespace.
   *
   * @returns What the last one gives, if that is a list, a set or a number: sets
   * as sorted lists, and sockets as plain objects.
   * @throws {Error} If one fails, with the `responses` that have come if it has any.
   */
  run(chain: readonly Link[], nsp?: string): Promise<unknown>;
  /** Waits for the next event `tell` from another server. */
  told(): Promise<unknown[]>;
}

/** Starts a server of ours. */
export async function startDeno(place: Place): Promise<Member> {
  await using stack = new AsyncDisposableStack();
  const io = new Server({
    ...place.server,
    adapter: await place.connect(stack),
  });
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    io.handler(),
  );
  stack.defer(() => within(http.shutdown(), "the end of the HTTP server"));
  stack.defer(() => within(io.close(), "the end of the server"));
  const reports = new Reports();
  for (const name of ["/", "/other"]) {
    const namespace = io.of(name);
    namespace.on("connection", (socket: Socket) => {
      if (!socket.recovered) socket.data = { from: "deno" };
      socket.on("join", async (rooms: string[], done: () => void) => {
        await socket.join(rooms);
        done();
      });
      socket.on("shout", (event: string, ...args: unknown[]) => {
        socket.broadcast.emit(event, ...args);
      });
    });
    namespace.on("tell", (...args: unknown[]) => {
      reports.push({ kind: "told", args: plain(args) });
    });
    namespace.on("ask", (value: unknown, answer: (value: object) => void) => {
      answer({ deno: value });
    });
  }
  const moved = stack.move();
  return {
    kind: "deno",
    url: `http://127.0.0.1:${http.addr.port}`,
    async run(chain, nsp = "/") {
      let value: unknown = io.of(nsp);
      for (const [name, ...args] of chain) {
        const member = (value as Record<string, unknown>)[name]; // what the test says is there
        value = typeof member === "function"
          ? await member.apply(value, args)
          : member;
      }
      return toPlain(value);
    },
    async told() {
      return (await reports.take("told")).args as unknown[]; // pushed above
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

function toPlain(value: unknown): unknown {
  if (typeof value === "number") return value;
  if (value instanceof Set) return [...value].sort();
  if (!Array.isArray(value)) return null;
  return value.map((each) =>
    each?.handshake === undefined ? plain(each) : {
      id: each.id,
      data: plain(each.data),
      rooms: [...each.rooms].sort(),
      query: { ...each.handshake.query },
    }
  );
}

/** Starts a server on Node. */
export async function startNode(
  { node, server }: Place,
  packages: readonly string[],
): Promise<Member> {
  const folder = await installed([...packages, "socket.io@4.8.4"]);
  const child = new Deno.Command("node", {
    args: [
      decodeURIComponent(PROGRAM.pathname),
      JSON.stringify({ packages: folder, server, ...node }),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reports = new Reports();
  const stderr = new Response(child.stderr).text();
  const stdout = readReports(child.stdout, reports);
  const input = child.stdin.getWriter();
  const ended = child.status.then(async ({ code }) => {
    const error = new Error(`The Node server ended (${code}): ${await stderr}`);
    await stdout;
    reports.fail(error);
    return code === 0 ? undefined : error;
  });
  const url = String((await reports.take("listening")).url);
  let count = 0;
  return {
    kind: "node",
    url,
    async run(chain, nsp = "/") {
      const id = count++;
      const line = JSON.stringify({ id, nsp, chain: pack(chain) });
      await input.write(new TextEncoder().encode(`${line}\n`));
      const { value, error, responses } = await reports.take("done", { id });
      if (error !== undefined) {
        throw Object.assign(new Error(String(error)), {
          responses: revive(responses),
        });
      }
      return revive(value);
    },
    async told() {
      return revive((await reports.take("told")).args) as unknown[]; // written by node_member.mjs
    },
    async [Symbol.asyncDispose]() {
      // The program ends with its input, so none outlives this process.
      await input.close().catch(() => {});
      const error = await within(ended, "the end of the Node server");
      if (error !== undefined) throw error;
    },
  };
}

async function readReports(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  reports: Reports,
): Promise<void> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) reports.push(JSON.parse(line) as Report); // written by node_member.mjs
  }
}

/** What JSON has for bytes. */
function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: [...value] };
  if (Array.isArray(value)) return value.map(pack);
  return mapObject(value, pack);
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  const bytes = (value as { $bytes?: number[] } | null)?.$bytes; // anything may be there
  return bytes === undefined ? mapObject(value, revive) : new Uint8Array(bytes);
}

function mapObject(value: unknown, map: (value: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, map(each)]),
  );
}
