/**
 * A map that is quick and small while it has a single entry, as most have: it then
 * hashes nothing, and takes a third of the memory.
 */
export class SmallMap<Key extends string | object, Value> {
  #key: Key | undefined;
  #value: Value | undefined;
  /** All entries, once there have been two at a time. */
  #entries: Map<Key, Value> | undefined;

  get size(): number {
    return this.#entries?.size ?? (this.#key === undefined ? 0 : 1);
  }

  get(key: Key): Value | undefined {
    if (this.#entries !== undefined) return this.#entries.get(key);
    return this.#key === key ? this.#value : undefined;
  }

  set(key: Key, value: Value): void {
    if (this.#entries !== undefined) this.#entries.set(key, value);
    else if (this.#key === undefined || this.#key === key) {
      this.#key = key;
      this.#value = value;
    } else {
      this.#entries = new Map(this).set(key, value);
      this.#key = this.#value = undefined;
    }
  }

  delete(key: Key): void {
    if (this.#entries !== undefined) this.#entries.delete(key);
    else if (this.#key === key) this.clear();
  }

  clear(): void {
    this.#key = this.#value = this.#entries = undefined;
  }

  /** Goes through the entries in the order in which they came. */
  *[Symbol.iterator](): Generator<[Key, Value]> {
    if (this.#entries !== undefined) yield* this.#entries;
    else if (this.#key !== undefined) yield [this.#key, this.#value as Value]; // set with its key
  }
}
