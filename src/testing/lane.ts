/**
 * How much is handed over before the event loop gets a turn: two ends which answer each
 * other without end must not keep timers from running.
 */
const HANDED_OVER_PER_TURN = 10_000;

// The real one, though a test may put a fake in its place.
const { setTimeout } = globalThis;

let handedOver = 0;
let sinceTurn = 0;

/**
 * One direction of a connection: what is put in comes out in the same order, each in a
 * microtask of its own.
 */
export class Lane<Item> {
  readonly #items: Item[] = [];
  readonly #onItem: (item: Item) => void;
  #isScheduled = false;
  #isPaused = false;

  /** Hands everything to `onItem`. */
  constructor(onItem: (item: Item) => void) {
    this.#onItem = onItem;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#schedule();
  }

  /** Hands `item` over at once, behind all that waits. */
  pushThrough(item: Item): void {
    this.#items.push(item);
    while (!this.#isPaused && !this.isEmpty) this.#handOverNext();
  }

  /** Keeps everything until `resume()`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  /** Loses all that is on its way. */
  clear(): void {
    this.#items.length = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.isEmpty) return;
    this.#isScheduled = true;
    schedule(() => {
      this.#isScheduled = false;
      try {
        if (!this.#isPaused) this.#handOverNext();
      } finally {
        this.#schedule(); // behind what `onItem` has put into the microtask queue
      }
    });
  }

  #handOverNext(): void {
    const item = this.#items.shift();
    if (item === undefined) return; // it has gone another way
    handedOver++;
    this.#onItem(item);
  }
}

function schedule(task: () => void): void {
  if (sinceTurn++ < HANDED_OVER_PER_TURN) return queueMicrotask(task);
  sinceTurn = 0;
  setTimeout(task, 0);
}

/** Tells that the event loop has had a turn, or is about to. */
export function noteTurn(): void {
  sinceTurn = 0;
}

/** Waits for the event loop's next turn, whatever a fake clock says. */
function turn(): Promise<void> {
  noteTurn();
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Waits until all that servers and test clients have sent has arrived, and its handlers
 * have run as far as they can without the clock, the network or a file.
 *
 * It is how a test knows that something has _not_ happened. To wait for what does happen,
 * {@linkcode TestClient.next} is enough.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { connect, settled } from "@deno-socketio/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("say", (text) => socket.broadcast.emit("said", text));
 * });
 * await using alice = await connect(io);
 * await using bob = await connect(io);
 *
 * alice.emit("say", "hello");
 * await settled();
 * assertEquals(bob.take("said"), [["hello"]]);
 * assertEquals(alice.take("said"), []);
 * ```
 *
 * @returns A promise that resolves then; never, if two ends answer each other without end.
 */
export async function settled(): Promise<void> {
  let before: number;
  do {
    before = handedOver;
    await turn();
  } while (handedOver > before);
}

/** Counts what another way than a lane has handed over. */
export function countHandedOver(): void {
  handedOver++;
}
