import type { Environment } from "./environment.ts";
import type { Figures } from "./load.ts";
import { digits, median, spread, table } from "./markdown.ts";
import type { Run } from "./runner.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Scenario } from "./scenarios.ts";
import { FLOOR, OURS, SERVERS } from "./servers.ts";

/** Rounds that a verdict on a target takes. */
const ENOUGH_ROUNDS = 9;

/**
 * Computes what one run cost.
 *
 * @param run The run.
 * @returns Server CPU seconds per 100,000 units, `undefined` if it failed.
 */
export function costOf(run: Run): number | undefined {
  const scenario = SCENARIOS.find(({ name }) => name === run.scenario);
  if (!scenario || "error" in run.result) return undefined;
  return cost(scenario, run.result);
}

/**
 * Writes the tables of a benchmark in Markdown.
 *
 * @param environment Where it ran.
 * @param runs Every run.
 * @param references Servers to take ratios to.
 * @returns The text.
 */
export function report(
  environment: Environment,
  runs: readonly Run[],
  references: readonly string[],
): string {
  const results = new Results(runs);
  const present = references.filter((name) => results.servers.includes(name));
  const parts = [
    "# Load benchmark",
    environment.map((line) => `- ${line}`).join("\n"),
    SERVERS.filter(({ name }) => results.servers.includes(name))
      .map(({ name, title }) => `- \`${name}\`: ${title}`).join("\n"),
    ...targets(results),
    ...costs(results),
    ...present.flatMap((reference) => ratios(results, reference)),
    ...memory(results),
    ...results.scenarios.flatMap((it) => details(results, it, present)),
  ];
  return parts.join("\n\n");
}

/** The runs, by scenario and server. */
class Results {
  readonly scenarios: readonly Scenario[];
  readonly servers: readonly string[];
  readonly #runs: readonly Run[];

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
    this.scenarios = SCENARIOS.filter(({ name }) =>
      runs.some((run) => run.scenario === name)
    );
    this.servers = SERVERS.map(({ name }) => name).filter((name) =>
      runs.some((run) => run.server === name)
    );
  }

  /** A figure of every good run. */
  values(
    scenario: Scenario,
    server: string,
    figure: (figures: Figures) => number,
  ): number[] {
    return this.#of(scenario, server).flatMap(({ result }) =>
      "error" in result ? [] : [figure(result)]
    );
  }

  /** Costs as multiples of another server's cost in the same round. */
  ratios(scenario: Scenario, server: string, reference: string): number[] {
    const others = this.#of(scenario, reference);
    return this.#of(scenario, server).flatMap((run) => {
      const other = others.find(({ round }) => round === run.round);
      const own = costOf(run);
      const base = other && costOf(other);
      return own === undefined || !base ? [] : [own / base];
    });
  }

  /** Why runs failed: one message for each. */
  errors(scenario: Scenario, server: string): string[] {
    return this.#of(scenario, server).flatMap(({ result }) =>
      "error" in result ? [result.error] : []
    );
  }

  #of(scenario: Scenario, server: string): Run[] {
    return this.#runs.filter((run) =>
      run.scenario === scenario.name && run.server === server
    );
  }
}

// ---- tables

function targets(results: Results): string[] {
  if (!results.servers.includes(OURS)) return [];
  const rows: string[][] = [];
  for (const scenario of results.scenarios) {
    const { name, target, memoryTarget } = scenario;
    const multiples = results.ratios(scenario, OURS, FLOOR);
    rows.push([name, `× ${FLOOR}`, ...verdict(multiples, target)]);
    if (memoryTarget === undefined) continue;
    const kib = results.values(scenario, OURS, connectionMemory);
    rows.push([name, "KiB per idle connection", ...verdict(kib, memoryTarget)]);
  }
  return [
    "## Targets: ours against bare Deno",
    `A verdict takes ${ENOUGH_ROUNDS} rounds; with fewer it is a guess.`,
    table(["scenario", "figure", "median (range)", "target", "holds"], rows),
  ];
}

function verdict(values: number[], target: number | undefined): string[] {
  if (target === undefined) return [spread(values), "-", "-"];
  if (values.length === 0) return ["failed", `≤ ${target}`, "no"];
  const shown = Math.round(median(values) * 100) / 100;
  const holds = shown <= target ? "yes" : "**no**";
  const guess = values.length < ENOUGH_ROUNDS ? " ?" : "";
  return [spread(values), `≤ ${target}`, holds + guess];
}

function costs(results: Results): string[] {
  const rows = results.scenarios.map((scenario) => [
    scenario.name,
    scenario.unit,
    ...results.servers.map((server) =>
      cell(results, scenario, server, (figures) => cost(scenario, figures))
    ),
  ]);
  return [
    "## Server CPU seconds per 100,000: median (range)",
    table(["scenario", "per 100,000", ...results.servers], rows),
  ];
}

function ratios(results: Results, reference: string): string[] {
  const rows = results.scenarios.map((scenario) => [
    scenario.name,
    ...results.servers.map((server) =>
      spread(results.ratios(scenario, server, reference))
    ),
  ]);
  return [
    `## The same as a multiple of ${reference}: median (range) of the ratios within a round`,
    table(["scenario", ...results.servers], rows),
  ];
}

function memory(results: Results): string[] {
  const rows = results.scenarios
    .filter(({ measures }) => measures === "connects")
    .map((scenario) => [
      scenario.name,
      ...results.servers.map((server) =>
        cell(results, scenario, server, connectionMemory)
      ),
    ]);
  if (rows.length === 0) return [];
  return [
    "## KiB of resident memory per idle connection: median (range)",
    table(["scenario", ...results.servers], rows),
  ];
}

function details(
  results: Results,
  scenario: Scenario,
  references: readonly string[],
): string[] {
  const { name, title, unit, measures } = scenario;
  const columns: Record<string, (figures: Figures) => number> = {
    [`${unit}/s`]: (figures) => speed(scenario, figures),
  };
  if (measures !== "connects") {
    columns["of CPU in user mode, %"] = ({ user, sys }) =>
      user / (user + sys) * 100;
    columns["load's CPU / server's"] = ({ client, cpu }) => client / cpu;
  }
  if (unit === "pings") {
    columns["% of one core"] = ({ cpu, wall }) => cpu / wall * 100;
  } else if (measures !== "connects") {
    columns["p50, ms"] = ({ p50 }) => p50 / 1000;
    columns["p99, ms"] = ({ p99 }) => p99 / 1000;
  }
  columns["RSS, MiB"] = ({ rss }) => rss / 1024;

  const rows: string[][] = [];
  const failures: string[] = [];
  for (const server of results.servers) {
    const values = results.values(scenario, server, (it) => cost(scenario, it));
    const errors = new Set(results.errors(scenario, server));
    for (const error of errors) failures.push(`- ${server}: ${error}`);
    if (values.length === 0) continue;
    rows.push([
      server,
      String(values.length),
      spread(values),
      ...references.map((reference) =>
        spread(results.ratios(scenario, server, reference))
      ),
      ...Object.values(columns).map((figure) =>
        digits(median(results.values(scenario, server, figure)))
      ),
    ]);
  }
  const head = [
    "server",
    "runs",
    "CPU s per 100,000",
    ...references.map((reference) => `× ${reference}`),
    ...Object.keys(columns),
  ];
  return [
    `### ${name}: ${title}`,
    table(head, rows),
    ...(failures.length ? ["Failed:\n\n" + failures.join("\n")] : []),
  ];
}

function cell(
  results: Results,
  scenario: Scenario,
  server: string,
  figure: (figures: Figures) => number,
): string {
  const values = results.values(scenario, server, figure);
  if (values.length) return spread(values);
  return results.errors(scenario, server).length ? "failed" : "-";
}

// ---- figures

function cost(scenario: Scenario, figures: Figures): number {
  return scenario.measures === "connects"
    ? figures.connect_cpu / figures.connects * 100_000
    : figures.cpu / figures.n * 100_000;
}

function speed(scenario: Scenario, figures: Figures): number {
  return scenario.measures === "connects"
    ? figures.connects / figures.connect_wall
    : figures.n / figures.wall;
}

function connectionMemory({ rss, rss_before, clients }: Figures): number {
  return (rss - rss_before) / clients;
}
