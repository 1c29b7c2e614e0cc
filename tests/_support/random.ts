/**
 * Chance that can be repeated: the same seed makes the same choices.
 *
 * @module
 */
export class Random {
  #state: number;

  /** @param seed Any whole number. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to 2³² - 1. */
  next(): number {
    // SplitMix32: good enough, and each seed is as good as the next one.
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  }

  /** A whole number from 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.next() / 0x1_0000_0000 * end);
  }

  /** Whether something happens that does in one of `count` cases. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of `items`. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!; // within bounds, where there is one
  }

  /** Up to `max` things. */
  list<Item>(max: number, make: () => Item): Item[] {
    return Array.from({ length: this.below(max + 1) }, make);
  }

  /** Up to `max` bytes. */
  bytes(max: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: this.below(max + 1) }, () => this.next());
  }

  /** Text of up to `max` parts: ASCII for the most part, with the odd ones between. */
  text(max: number): string {
    return this.list(max, () => this.#character()).join("");
  }

  #character(): string {
    switch (this.below(8)) {
      case 0:
        return this.pick(ODD_TEXT);
      case 1:
        return String.fromCharCode(this.below(0x10000));
      default:
        return String.fromCharCode(0x20 + this.below(0x5f));
    }
  }

  /** A value that JSON can carry as it is. */
  json(depth = 3): unknown {
    switch (this.below(depth > 0 ? 8 : 5)) {
      case 0:
        return this.text(6);
      case 1:
        return this.pick(NUMBERS);
      case 2:
        return this.oneIn(2);
      case 3:
        return null;
      case 4:
        return this.below(1_000);
      case 5:
        return this.list(4, () => this.json(depth - 1));
      default:
        return this.record(() => this.json(depth - 1));
    }
  }

  /** A plain object, under keys that are odd at times. */
  record<Value>(make: () => Value): Record<string, Value> {
    const keys = this.list(
      4,
      () => this.oneIn(3) ? this.pick(KEYS) : this.text(4),
    );
    // Unlike an assignment, this makes an own property of "__proto__".
    return Object.fromEntries(keys.map((key) => [key, make()]));
  }

  /** `text` with a few changes. */
  mutate(text: string, snippets: readonly string[] = ODD_TEXT): string {
    let result = text;
    for (let left = 1 + this.below(3); left > 0; left--) {
      const start = this.below(result.length + 1);
      const end = Math.min(result.length, start + this.below(4));
      const middle = this.pick([
        "",
        this.pick(snippets),
        String.fromCharCode(0x20 + this.below(0x5f)),
        result.slice(start, end).repeat(1 + this.below(3)),
        result.slice(this.below(result.length + 1)).slice(0, 12),
      ]);
      result = result.slice(0, start) + middle + result.slice(end);
    }
    return result;
  }

  /** `bytes` with a few changes. */
  mutateBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const list = [...bytes];
    for (let left = 1 + this.below(4); left > 0; left--) {
      const at = this.below(list.length + 1);
      const deleted = this.pick([0, 1, 1, this.below(8)]);
      const inserted = this.pick([
        [],
        [this.next() & 0xff],
        [this.pick([0, 0x7e, 0x7f, 0x80, 0xff])],
        list.slice(at, at + this.below(16)),
      ]);
      list.splice(at, deleted, ...inserted);
    }
    return Uint8Array.from(list);
  }

  /** `bytes` cut into pieces. */
  cut(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + this.below(this.oneIn(2) ? 4 : bytes.length);
      pieces.push(bytes.slice(at, end));
      at = end;
    }
    return pieces;
  }
}

const NUMBERS = [0, -0, 1, -1, 0.5, 1e21, -1e-7, 2 ** 53, 2 ** 53 + 2, 1e300];

const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "toJSON",
  "then",
  "length",
  "num",
  "_placeholder",
  "",
];

/** What parsers have stumbled over. */
export const ODD_TEXT: readonly string[] = [
  "",
  "\0",
  "\x1e",
  "\r\n",
  "\n",
  "\t",
  "\x7f",
  "\x80",
  "é",
  "€",
  "🦕",
  "\ud800",
  "\udc00",
  "\ufeff",
  "\u2028",
  "٤",
  '"',
  "\\",
  "\\u0000",
  "\\ud800",
  "/",
  ",",
  "-",
  "-1",
  "0",
  "00",
  "1e9",
  "99999999999999999999",
  "[",
  "]",
  "{",
  "}",
  "null",
  "__proto__",
  "constructor",
  '{"_placeholder":true,"num":0}',
  '{"__proto__":{}}',
  "%",
  "%00",
  "%E0%A4%A",
  "%ud800",
  "b",
  "=",
  "==",
  ";",
  ":",
  "::",
];

/** A value as UTF-8 can carry it: without lone surrogates, and without -0. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(wellFormed);
  if (Object.prototype.toString.call(value) !== "[object Object]") return value;
  return Object.fromEntries(
    Object.entries(value as object) // that was asked
      .map(([key, each]) => [key.toWellFormed(), wellFormed(each)]),
  );
}
