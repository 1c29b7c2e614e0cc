import type { Report } from "./target_contract.ts";
import { within } from "./within.ts";

/** Reports in the order they came, each to be taken once. */
export class Reports {
  readonly #kept: Report[] = [];
  readonly #waiting = new Set<() => void>();
  #failure: Error | undefined;

  push(report: Report): void {
    this.#kept.push(report);
    this.#wake();
  }

  /** Drops what nobody has taken. */
  forget(): void {
    this.#kept.length = 0;
  }

  /** Lets everyone who waits fail, now and later. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  async take(
    kind: string,
    fields: Record<string, unknown> = {},
  ): Promise<Report> {
    const matches = (report: Report) =>
      report.kind === kind &&
      Object.entries(fields).every(([name, value]) => report[name] === value);
    const find = async () => {
      for (;;) {
        const index = this.#kept.findIndex(matches);
        const [report] = index < 0 ? [] : this.#kept.splice(index, 1);
        if (report !== undefined) return report;
        if (this.#failure !== undefined) throw this.#failure;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#waiting.add(resolve);
        await promise;
      }
    };
    try {
      return await within(find(), `a report ${kind} ${JSON.stringify(fields)}`);
    } catch (error) {
      const seen = JSON.stringify(this.#kept);
      throw new Error(`${(error as Error).message}; reports: ${seen}`); // only Errors are thrown above
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
