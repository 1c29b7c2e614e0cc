/** A map seen through a function: each value is made when it is asked for. */
export class MapView<Key, Inner, Value> implements ReadonlyMap<Key, Value> {
  readonly #inner: ReadonlyMap<Key, Inner>;
  readonly #convert: (inner: Inner) => Value;

  constructor(
    inner: ReadonlyMap<Key, Inner>,
    convert: (inner: Inner) => Value,
  ) {
    this.#inner = inner;
    this.#convert = convert;
  }

  get size(): number {
    return this.#inner.size;
  }

  get(key: Key): Value | undefined {
    const inner = this.#inner.get(key);
    return inner === undefined ? undefined : this.#convert(inner);
  }

  has(key: Key): boolean {
    return this.#inner.has(key);
  }

  keys(): MapIterator<Key> {
    return this.#inner.keys();
  }

  *values(): MapIterator<Value> {
    for (const inner of this.#inner.values()) yield this.#convert(inner);
  }

  *entries(): MapIterator<[Key, Value]> {
    for (const [key, inner] of this.#inner) yield [key, this.#convert(inner)];
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }

  forEach(
    callback: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void,
    self?: unknown,
  ): void {
    for (const [key, value] of this.entries()) {
      callback.call(self, value, key, this);
    }
  }
}
