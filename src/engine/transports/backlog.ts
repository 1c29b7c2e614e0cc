import { DelayLine } from "../../delay_line.ts";
import type { Frame } from "../message.ts";

/** Milliseconds between two looks at a client that reads. */
const SOON = 2;
/** Milliseconds between two looks at one that does not. */
const LATER = 100;

/** A WebSocket with more to send than the runtime is given at a time. */
export interface BacklogOwner {
  /** Sends more, if the runtime has sent enough of what it was given. */
  onLook(): void;
}

/** When to look again at the WebSockets that have a {@linkcode Backlog}. */
export class Backlogs {
  readonly #soon = new DelayLine<BacklogOwner>(SOON, (owner) => owner.onLook());
  readonly #later = new DelayLine<BacklogOwner>(
    LATER,
    (owner) => owner.onLook(),
  );

  /** Looks at `owner` again: soon, if something has left lately. */
  add(owner: BacklogOwner, isMoving: boolean): void {
    (isMoving ? this.#soon : this.#later).add(owner);
  }

  delete(owner: BacklogOwner): void {
    this.#soon.delete(owner);
    this.#later.delete(owner);
  }

  /** Stops the timers: no WebSocket is left. */
  close(): void {
    this.#soon.flush();
    this.#later.flush();
  }
}

/** Places of frames that have left, from which on they are removed. */
const COMPACT_FROM = 1_024;

/** Frames that wait until the runtime has sent what it was given before. */
export class Backlog {
  #frames: (Frame | undefined)[] = [];
  /** Where the first frame is, behind places that are free. */
  #head = 0;
  /** How long all frames are together. */
  #length = 0;

  get size(): number {
    return this.#frames.length - this.#head;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds frames whose bytes nobody writes to. */
  add(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#length += frame.length;
    }
  }

  /** Takes the first frame out. */
  take(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#length -= frame.length;
    this.#frames[this.#head++] = undefined;
    if (this.#head >= COMPACT_FROM && this.#head * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }
}
