import type { AggregatedEvent } from "./protocol.ts";

/** Counts what happens, second by second, until it is told. */
export class EventBuffer {
  readonly #counts = new Map<string, AggregatedEvent & { count: number }>();

  /**
   * Adds to the count of the second that it is.
   *
   * @param type What happens.
   * @param count How often.
   * @param subType Which kind of it.
   */
  push(type: AggregatedEvent["type"], count = 1, subType?: string): void {
    const timestamp = Math.floor(Date.now() / 1_000) * 1_000;
    const key = `${timestamp};${type};${subType}`;
    const event = this.#counts.get(key);
    if (event !== undefined) event.count += count;
    else {
      this.#counts.set(key, {
        timestamp,
        type,
        ...subType === undefined ? {} : { subType },
        count,
      });
    }
  }

  /** Returns all counts, which begin anew. */
  take(): AggregatedEvent[] {
    const events = [...this.#counts.values()];
    this.#counts.clear();
    return events;
  }
}
