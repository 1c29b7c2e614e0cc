import { resolve } from "node:path";
import { PEERS_PATH } from "./peers.ts";

/** A program under test. It listens on a free port, which it prints. */
export interface Server {
  readonly name: string;
  readonly title: string;
  /** The command, run in this folder. */
  readonly command: readonly [string, ...string[]];
  /** npm packages that it takes from the peers' folder. */
  readonly packages?: readonly string[];
  /** The only scenarios that it has a part in; all if left out. */
  readonly only?: readonly string[];
}

/** Whose cost the targets are multiples of. */
export const FLOOR = "raw-deno";

/** Whom the targets are for. */
export const OURS = "ours";

const DENO = Deno.execPath();
const SOCKETIO = "servers/socketio.mjs";
const RAW_DENO = [
  DENO,
  "run",
  "--no-config",
  "--allow-net",
  "--allow-env",
  "servers/raw_deno.ts",
] as const;

const OURS_COMMAND = [DENO, "run", "--allow-net", "--allow-env"] as const;
/** Where a change is measured against what was before: another checkout. */
const BEFORE = Deno.env.get("BEFORE");

/** Every server, in the order of the report. */
export const SERVERS: readonly Server[] = [
  {
    name: "node-ws",
    title: "npm:socket.io on Node with its default engine (ws)",
    command: ["node", SOCKETIO],
    packages: ["socket.io"],
  },
  {
    name: "deno-npm",
    title: "the same program on Deno",
    command: [DENO, "run", "--no-config", "-A", SOCKETIO],
    packages: ["socket.io"],
  },
  {
    name: "bun",
    title: "npm:socket.io on Bun with its own engine",
    command: [`${PEERS_PATH}node_modules/bun/bin/bun.exe`, "servers/bun.mjs"],
    packages: ["socket.io", "@socket.io/bun-engine", "bun"],
  },
  {
    name: FLOOR,
    title: "the floor: Deno.serve and the right bytes, no Socket.IO",
    command: RAW_DENO,
  },
  {
    name: "raw-deno-plus",
    title:
      "the floor that also parses and writes JSON, sends the headers and limits the bodies of long-polling",
    command: [...RAW_DENO, "plus"],
    only: ["echo-object", "echo-object-1k", "polling"],
  },
  {
    name: OURS,
    title: "this project",
    command: [...OURS_COMMAND, "servers/ours.ts"],
  },
  {
    name: "ours-metrics",
    title: "this project with the option metrics",
    command: [...OURS_COMMAND, "servers/ours.ts", "metrics"],
    only: ["echo", "bcast"],
  },
  ...BEFORE === undefined ? [] : [{
    name: "before",
    title: "another checkout of this project, in $BEFORE",
    command: [
      ...OURS_COMMAND,
      `${resolve(BEFORE)}/benchmarks/load/servers/ours.ts`,
    ] as const,
  }],
];
