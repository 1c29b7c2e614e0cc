import { assertEquals } from "@std/assert";
import type { ServerOptions } from "@deno-socketio/server";
import { type Adapter, MemoryAdapter } from "@deno-socketio/server/adapter";
import { AdapterBed } from "./adapter_bed.ts";
import { settle } from "./clients.ts";

/** The methods of an adapter that may be made to fail. */
export type Method =
  & keyof {
    [
      Name in keyof Adapter as Adapter[Name] extends (...args: never) => unknown
        ? Name
        : never
    ]: true;
  }
  & string;

/** How it fails. */
export type Way = "throws" | "rejects";

/** What each failing method fails with. */
export const FAILURE = new Error("the adapter failed");

/** A server whose adapters fail in one method once they are told to. */
export class FailingBed extends AdapterBed {
  /** Errors and rejections that nobody has handled: each of them would end a process. */
  readonly unhandled: unknown[] = [];
  readonly #arm: (isArmed: boolean) => void;

  constructor(method: Method, way: Way, options: ServerOptions = {}) {
    let isArmed = false;
    super({
      ...options,
      adapter: (nsp) => {
        const adapter = new MemoryAdapter(nsp);
        const original = adapter[method] as (...args: unknown[]) => unknown; // its parameters do not matter here
        Object.defineProperty(adapter, method, {
          value: (...args: unknown[]) => {
            if (!isArmed) return original.apply(adapter, args);
            if (way === "throws") throw FAILURE;
            return Promise.reject(FAILURE);
          },
        });
        return adapter;
      },
    });
    this.#arm = (value) => isArmed = value;
    addEventListener("unhandledrejection", this.#onUnhandled);
    addEventListener("error", this.#onUnhandled);
  }

  readonly #onUnhandled = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    this.unhandled.push("reason" in event ? event.reason : event.error);
  };

  /** Lets the method fail until {@linkcode FailingBed.repair}. */
  break(): void {
    this.#arm(true);
  }

  repair(): void {
    this.#arm(false);
  }

  /** Sees that the failure has harmed nobody: another client is served, and no rejection is left. */
  async assertServing(): Promise<void> {
    this.repair();
    const [socket, client] = await this.pair();
    await settle(client, socket);
    assertEquals(this.unhandled, []);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.repair();
    await super[Symbol.asyncDispose]();
    removeEventListener("unhandledrejection", this.#onUnhandled);
    removeEventListener("error", this.#onUnhandled);
  }
}
