import type { EventNames, EventsMap } from "../event_source.ts";
import type {
  AckValue,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  EventParameters,
  ParametersWithoutAck,
  ParametersWithTimeout,
} from "../server/events.ts";
import type { ClientCore, EmitFlags } from "./client_core.ts";

/** Makes an operator; its constructor is nobody else's. */
export let createClientOperator: (
  client: ClientCore,
  flags: EmitFlags,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => ClientOperator<any, any>;

/**
 * Says how the next event of a test client is sent: what `client.timeout()` and
 * `client.volatile` return.
 */
export class ClientOperator<
  EmitEvents extends EventsMap = DefaultEventsMap,
  HasTimeout extends boolean = false,
> {
  readonly #client: ClientCore;
  readonly #flags: EmitFlags;

  private constructor(client: ClientCore, flags: EmitFlags) {
    this.#client = client;
    this.#flags = flags;
  }

  static {
    createClientOperator = (client, flags) => new ClientOperator(client, flags);
  }

  /** Loses the event if there is no connection. */
  get volatile(): ClientOperator<EmitEvents, HasTimeout> {
    return new ClientOperator(this.#client, { ...this.#flags, volatile: true });
  }

  /**
   * Sets how long an answer is waited for: an acknowledgement gets an error (or
   * `null`) first.
   *
   * @param timeout Milliseconds.
   */
  timeout(timeout: number): ClientOperator<EmitEvents, true> {
    return new ClientOperator(this.#client, { ...this.#flags, timeout });
  }

  /**
   * Sends an event to the server.
   *
   * @returns This operator.
   * @throws {Error} If the name is reserved.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: HasTimeout extends true ? ParametersWithTimeout<EmitEvents, Name>
      : EventParameters<EmitEvents, Name>
  ): this {
    this.#client.emit([name, ...args as unknown[]], this.#flags); // a tuple in either case
    return this;
  }

  /**
   * Sends an event and waits for its answer.
   *
   * @returns The first argument of the answer.
   * @throws {AckTimeoutError} If there is a timeout, and no answer came within it.
   * @throws {DisconnectedError} If the client is disconnected before.
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>> {
    return this.#client.emitWithAck([name, ...args], this.#flags) as Promise<
      AckValue<EventAck<EmitEvents, Name>> // what the map says of the server
    >;
  }
}
