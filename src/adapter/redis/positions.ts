/** A place in a stream, and when all up to it had been sent. */
interface Mark {
  time: number;
  id: string;
}

/** Milliseconds between two marks, at the least. */
const INTERVAL = 1_000;
/** How many marks are kept. */
const MAX_MARKS = 128;

/** Which entry was the last at what time, for the last two minutes at least. */
export class Positions {
  readonly #marks: Mark[] = [];

  /** Notes that all up to an entry has been sent. */
  add(id: string): void {
    const time = Date.now();
    const marks = this.#marks;
    const last = marks.at(-1);
    const before = marks.at(-2);
    if (last && before && Math.abs(time - before.time) < INTERVAL) {
      last.time = time;
      last.id = id;
      return;
    }
    marks.push({ time, id });
    if (marks.length > MAX_MARKS) marks.shift();
  }

  /** The last entry up to which all had been sent before a time, as far as is known. */
  before(time: number): string | undefined {
    return this.#marks.findLast((mark) => mark.time < time)?.id;
  }
}
