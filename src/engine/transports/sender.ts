import type { WebSocketFormat } from "../format.ts";
import {
  type EncodedMessage,
  type Frame,
  keepBytes,
  MESSAGE_COST,
} from "../message.ts";
import { Backlog, type BacklogOwner, type Backlogs } from "./backlog.ts";

/** What sending uses of a `WebSocket`. */
export interface SendingSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
}

/** What hears of a sender. */
export interface SenderHost {
  /** Nothing waits any more of what was kept. */
  onDrained(): void;
}

/**
 * Bytes that the runtime is given at a time. It lets go of nothing before the
 * connection ends, and has everything once for each client. What is beyond waits
 * here, where a broadcast is one text for all, and goes with its session.
 */
const SHARE = 1024 * 1024;
/** Bytes that a frame takes in the runtime beside its content. */
const FRAME_COST = 1_024;
/** The part of what the runtime had that it may still have when it gets more. */
const LOW_WATER = 1 / 4;
/** UTF-8 bytes that one UTF-16 unit can take. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * The sending half of a WebSocket.
 *
 * direct ──the runtime has its share──▶ with a backlog
 *    ▲──────the last of it is sent─────────────┘
 */
export class Sender implements BacklogOwner {
  readonly #socket: SendingSocket;
  readonly #format: WebSocketFormat;
  readonly #backlogs: Backlogs;
  readonly #host: SenderHost;
  #backlog: Backlog | undefined;
  /** What the runtime takes for us, or more. */
  #given = 0;
  /** Bytes that the runtime had when we looked last, and may have for more. */
  #seen = 0;
  #lowWater = 0;

  constructor(
    socket: SendingSocket,
    format: WebSocketFormat,
    backlogs: Backlogs,
    host: SenderHost,
  ) {
    this.#socket = socket;
    this.#format = format;
    this.#backlogs = backlogs;
    this.#host = host;
  }

  /** Whether anything waits here. */
  get hasBacklog(): boolean {
    return this.#backlog !== undefined;
  }

  /** Whether a message sent now leaves at once. */
  get writable(): boolean {
    return this.#backlog === undefined && this.#socket.bufferedAmount === 0;
  }

  /** Bytes that were sent and have not left. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount + (this.#backlog?.length ?? 0);
  }

  /** Whether what was sent and has not left takes more than so many bytes. */
  hasBuffered(bytes: number): boolean {
    const backlog = this.#backlog;
    if (backlog !== undefined) {
      return this.bufferedAmount + backlog.size * MESSAGE_COST > bytes;
    }
    // The runtime is asked only when so much may be there.
    if (this.#given * MAX_BYTES_PER_UNIT <= bytes) return false;
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount === 0) this.#given = 0;
    return bufferedAmount > bytes;
  }

  /** Sends `message`, or keeps it. Returns whether it was given to the runtime. */
  send(message: EncodedMessage): boolean {
    const hasRoom = this.#backlog === undefined && this.#hasRoom();
    if (!hasRoom) keepBytes(message);
    const frames = this.#format.encode(message);
    if (hasRoom) { for (const frame of frames) this.#give(frame); }
    else this.#keep(frames);
    return hasRoom;
  }

  /** Whether the runtime has less than its share. */
  #hasRoom(): boolean {
    if (this.#given < SHARE) return true;
    if (this.#socket.bufferedAmount > 0) return false;
    this.#given = 0;
    return true;
  }

  #give(frame: Frame): void {
    this.#given += frame.length + FRAME_COST;
    this.#socket.send(frame as string | Uint8Array<ArrayBuffer>); // copied at once, and not shared
  }

  #keep(frames: readonly Frame[]): void {
    if (this.#backlog === undefined) {
      this.#backlog = new Backlog();
      this.#seen = this.#socket.bufferedAmount;
      this.#lowWater = this.#seen * LOW_WATER;
      this.#backlogs.add(this, true);
    }
    this.#backlog.add(frames);
  }

  onLook(): void {
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    if (this.#socket.readyState !== WebSocket.OPEN) return this.drop();
    let left = this.#socket.bufferedAmount;
    if (left <= this.#lowWater) {
      this.#given = left === 0 ? 0 : SHARE * LOW_WATER;
      for (
        let frame = backlog.take();
        frame !== undefined;
        frame = this.#given < SHARE ? backlog.take() : undefined
      ) this.#give(frame);
      if (backlog.size === 0) {
        this.#backlog = undefined;
        return this.#host.onDrained();
      }
      left = this.#socket.bufferedAmount;
      this.#lowWater = left * LOW_WATER;
      this.#seen = Infinity;
    }
    this.#backlogs.add(this, left < this.#seen);
    this.#seen = left;
  }

  /** Lets go of what waits here. */
  drop(): void {
    if (this.#backlog === undefined) return;
    this.#backlog = undefined;
    this.#backlogs.delete(this);
  }
}
