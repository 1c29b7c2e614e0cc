import { peerVersion } from "./peers.ts";
import { run } from "./process.ts";

/** What a reader must know to judge figures: one line each. */
export type Environment = readonly string[];

const PACKAGES = [
  "socket.io",
  "engine.io",
  "socket.io-parser",
  "ws",
  "bun",
  "@socket.io/bun-engine",
];

/**
 * Describes the machine, the versions and the command.
 *
 * @param command The command and its arguments.
 * @param packages The peers' packages that count.
 * @returns A line for each.
 */
export async function describeEnvironment(
  command: readonly string[],
  packages: readonly string[] = PACKAGES,
): Promise<Environment> {
  const cpu = /^model name\s*: (.*)$/m.exec(
    await Deno.readTextFile("/proc/cpuinfo"),
  )?.[1];
  const memory = Deno.systemMemoryInfo().total / 2 ** 30;
  const load = Deno.loadavg().map((value) => value.toFixed(2)).join(", ");
  const versions = [
    `Deno ${Deno.version.deno} (V8 ${Deno.version.v8})`,
    `Node ${(await run("node", ["--version"])).stdout || "not there"}`,
  ];
  for (const name of packages) {
    versions.push(`${name} ${await peerVersion(name) ?? "not there"}`);
  }
  return [
    `Date: ${new Date().toISOString().slice(0, 10)}`,
    `Machine: ${navigator.hardwareConcurrency} cores (${cpu ?? "unknown"}), ` +
    `${
      memory.toFixed(0)
    } GiB, Linux ${Deno.osRelease()}, load average ${load} before`,
    `Versions: ${versions.join(", ")}`,
    `Command: \`${command.join(" ")}\``,
  ];
}
