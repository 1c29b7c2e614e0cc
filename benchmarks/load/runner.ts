import { runLoad } from "./load.ts";
import type { Failure, Figures } from "./load.ts";
import { PEERS_PATH } from "./peers.ts";
import type { Scenario } from "./scenarios.ts";
import { ServerProcess } from "./server_process.ts";
import type { Server } from "./servers.ts";

/** One server in one scenario, once. */
export interface Run {
  readonly scenario: string;
  readonly server: string;
  readonly round: number;
  readonly result: Figures | Failure;
}

/**
 * Runs servers and scenarios interleaved: A B C, then B C A, …
 *
 * @param servers Who runs.
 * @param scenarios What they do.
 * @param rounds How often.
 * @returns Each run as soon as it is done.
 */
export async function* runAll(
  servers: readonly Server[],
  scenarios: readonly Scenario[],
  rounds: number,
): AsyncGenerator<Run> {
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      const present = servers.filter((server) =>
        server.only?.includes(scenario.name) ?? true
      );
      const first = round % Math.max(1, present.length);
      for (
        const server of [...present.slice(first), ...present.slice(0, first)]
      ) {
        yield {
          scenario: scenario.name,
          server: server.name,
          round,
          result: await measure(server, scenario),
        };
      }
    }
  }
}

async function measure(
  server: Server,
  scenario: Scenario,
): Promise<Run["result"]> {
  const env: Record<string, string> = { PEERS: PEERS_PATH };
  if (scenario.pingInterval) {
    env["PING_INTERVAL"] = String(scenario.pingInterval);
  }
  await using process = new ServerProcess(server.command, env);
  return await runLoad(process, scenario.load);
}
