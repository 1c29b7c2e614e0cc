/** A namespace that can be left. */
export interface LeavableNamespace {
  /** Whether nobody is in it, or on the way into it. */
  readonly isEmpty: boolean;
}

/**
 * Namespaces that came into being because clients asked for them, and that nobody is in.
 *
 * A client can make up any number of names. As many as may be kept are; beyond, those go
 * that have been empty for longest.
 */
export class EmptyNamespaces<Namespace extends LeavableNamespace> {
  /** In the order they were left; somebody may have come back since. */
  readonly #left = new Set<Namespace>();
  readonly #max: number;
  readonly #onTooMany: (namespace: Namespace) => void;

  /**
   * @param max How many are kept.
   * @param onTooMany Gets each that is to go.
   */
  constructor(max: number, onTooMany: (namespace: Namespace) => void) {
    this.#max = max;
    this.#onTooMany = onTooMany;
  }

  /** Takes a namespace whose last client has left. */
  add(namespace: Namespace): void {
    this.#left.delete(namespace);
    this.#left.add(namespace);
    for (const oldest of this.#left) {
      if (this.#left.size <= this.#max) return;
      this.#left.delete(oldest);
      if (oldest.isEmpty) this.#onTooMany(oldest);
    }
  }

  /** Forgets a namespace, which is to stay. */
  delete(namespace: Namespace): void {
    this.#left.delete(namespace);
  }
}
