import { formatValue, type MetricFamily, type Sample } from "./exposition.ts";

/** A value to which others are added. */
interface Cell {
  value: number;
}

/** Counts, by the values of no, one or two labels. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #cells = new Map<string, Map<string, Cell>>();

  /**
   * @param name The metric's name.
   * @param help What it counts.
   * @param labels The names of its labels, two at the most.
   */
  constructor(name: string, help: string, labels: readonly string[] = []) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    if (labels.length === 0) this.add("", "", 0);
  }

  /** Adds `amount` to the count under these values of the labels. */
  add(first = "", second = "", amount = 1): void {
    let cells = this.#cells.get(first);
    if (cells === undefined) this.#cells.set(first, cells = new Map());
    const cell = cells.get(second);
    if (cell === undefined) cells.set(second, { value: amount });
    else cell.value += amount;
  }

  get family(): MetricFamily {
    const samples: Sample[] = [];
    for (const [first, cells] of this.#cells) {
      for (const [second, { value }] of cells) {
        const values = [first, second];
        const labels = Object.fromEntries(
          this.#labels.map((label, index) => [label, values[index] ?? ""]),
        );
        samples.push({ labels, value });
      }
    }
    return { name: this.#name, help: this.#help, type: "counter", samples };
  }
}

/** Seconds up to which durations are counted together, as Prometheus' clients do it. */
export const DURATION_BUCKETS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
  ...[0.5, 1, 2.5, 5, 10],
];

/** Durations under one label. */
interface Durations {
  /** How many fell into each bucket and no smaller one; the last has no bound. */
  readonly counts: number[];
  sum: number;
}

/** Counts durations by their length and a label. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #label: string | undefined;
  readonly #durations = new Map<string, Durations>();

  /**
   * @param name The metric's name.
   * @param help What it measures.
   * @param label The name of its label, if it has one.
   */
  constructor(name: string, help: string, label?: string) {
    this.#name = name;
    this.#help = help;
    this.#label = label;
    if (label === undefined) this.#of("");
  }

  #of(value: string): Durations {
    let durations = this.#durations.get(value);
    if (durations === undefined) {
      const counts = new Array<number>(DURATION_BUCKETS.length + 1).fill(0);
      durations = { counts, sum: 0 };
      this.#durations.set(value, durations);
    }
    return durations;
  }

  /** Counts a duration, in seconds, under a value of the label. */
  record(seconds: number, value = ""): void {
    const durations = this.#of(value);
    const index = DURATION_BUCKETS.findIndex((bound) => seconds <= bound);
    durations.counts[index < 0 ? DURATION_BUCKETS.length : index]!++;
    durations.sum += seconds;
  }

  get family(): MetricFamily {
    const samples: Sample[] = [];
    for (const [value, { counts, sum }] of this.#durations) {
      const labels = this.#label === undefined ? {} : { [this.#label]: value };
      let count = 0;
      for (const [index, added] of counts.entries()) {
        count += added;
        const le = formatValue(DURATION_BUCKETS[index] ?? Infinity);
        samples.push({
          suffix: "_bucket",
          labels: { ...labels, le },
          value: count,
        });
      }
      samples.push({ suffix: "_sum", labels, value: sum });
      samples.push({ suffix: "_count", labels, value: count });
    }
    return { name: this.#name, help: this.#help, type: "histogram", samples };
  }
}

/** The value of a label that stands for all beyond the bound. */
export const OTHER = "other";

/** How many values the label `namespace` may have, beside {@linkcode OTHER}. */
const MAX_NAMESPACES = 100;

/** Keeps the values of a label few: the first that come stand for themselves. */
export class BoundedLabel {
  readonly #max: number;
  readonly #values = new Set<string>();

  /** @param max How many values it may have, beside {@linkcode OTHER}. */
  constructor(max: number = MAX_NAMESPACES) {
    this.#max = max;
  }

  /** Returns `value`, or {@linkcode OTHER} for one too many. */
  of(value: string): string {
    if (this.#values.has(value)) return value;
    if (this.#values.size >= this.#max) return OTHER;
    this.#values.add(value);
    return value;
  }
}
