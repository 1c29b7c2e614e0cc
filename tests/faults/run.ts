/**
 * Loses clients at every step, and prints the tables of docs/reliability.md.
 *
 * `deno task faults [clients]` tries each fault with so many clients at once (20).
 */
import { FAULTS } from "./faults.ts";
import type { Way } from "./peer.ts";
import { type Stall, STALLS } from "./stalls.ts";
import { type Outcome, Trial } from "./trial.ts";

const MIB = 1024 * 1024;
const WAYS: readonly Way[] = ["reset", "end", "silence"];
const CAPS: Readonly<Record<string, number>> = {
  "1 MiB": MIB,
  "16 MiB": 16 * MIB,
  none: Infinity,
};

const tries = Number(Deno.args[0] ?? 20);

printRow("a client is lost", ...WAYS);
printRow(...["", ...WAYS].map(() => "---"));
await printFaults();
console.log();
printRow("a client is stuck", "cap", "it ends by", "before", "with", "again");
printRow("---", "---", "---", "---:", "---:", "---:");
for (const stall of STALLS) {
  for (const [name, cap] of Object.entries(CAPS)) {
    await printStall(stall, name, cap);
  }
}

async function printFaults(): Promise<void> {
  await using trial = await Trial.start();
  for (const fault of FAULTS) {
    const outcomes: string[] = [];
    for (const way of WAYS) {
      outcomes.push(describe(await trial.lose([fault], way, tries)));
    }
    printRow(fault.name, ...outcomes);
  }
  await trial.assertServes();
}

async function printStall(
  stall: Stall,
  name: string,
  cap: number,
): Promise<void> {
  await using trial = await Trial.start(cap);
  const { before, during, ...outcome } = await trial.stall(stall, tries);
  const { during: again } = await trial.stall(stall, tries);
  printRow(
    stall.name,
    name,
    describe(outcome),
    ...[before, during, again].map((bytes) => `${Math.round(bytes / MIB)} MiB`),
  );
}

function describe({ reasons, sessionsLeft }: Outcome): string {
  const said = Array.from(reasons, ([reason, count]) => `${reason} × ${count}`);
  const left = sessionsLeft === 0 ? "" : `, ${sessionsLeft} LEFT`;
  return (said.join(", ") || "no session had begun") + left;
}

function printRow(...cells: string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}
