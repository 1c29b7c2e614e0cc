import type { AckOptions } from "../core/acks.ts";
import type { EventNames, EventsMap } from "../event_source.ts";

/** The map of those who declare no events: any name, any arguments. */
export interface DefaultEventsMap {
  /** Any event. */
  // deno-lint-ignore no-explicit-any -- that is what it is for
  [event: string]: (...args: any[]) => void;
}

/** Any function at all. */
// deno-lint-ignore no-explicit-any -- nothing narrower takes all functions
export type AnyFunction = (...args: any[]) => any;

/** The arguments of an event's listeners. */
export type EventParameters<
  Map extends EventsMap,
  Name extends EventNames<Map>,
> = Parameters<Map[Name]>;

/** The acknowledgement that an event's listeners get, `never` where there is none. */
export type EventAck<Map extends EventsMap, Name extends EventNames<Map>> =
  number extends EventParameters<Map, Name>["length"]
    ? unknown extends EventParameters<Map, Name>[number] ? AnyFunction
    : Extract<EventParameters<Map, Name>[number], AnyFunction>
    : Required<EventParameters<Map, Name>> extends [...unknown[], infer Last]
      ? Extract<Last, AnyFunction>
    : never;

/** The events whose listeners get an acknowledgement. */
export type EventNamesWithAck<Map extends EventsMap> = {
  [Name in EventNames<Map>]: [EventAck<Map, Name>] extends [never] ? never
    : Name;
}[EventNames<Map>];

/** The arguments of an event without its acknowledgement. */
export type ParametersWithoutAck<
  Map extends EventsMap,
  Name extends EventNames<Map>,
> = number extends EventParameters<Map, Name>["length"]
  ? EventParameters<Map, Name>
  : [EventAck<Map, Name>] extends [never] ? EventParameters<Map, Name>
  : Required<EventParameters<Map, Name>> extends [...infer Rest, unknown] ? Rest
  : [];

/** The arguments of an event whose answer is awaited; the last may be options. */
export type ParametersWithOptions<
  Map extends EventsMap,
  Name extends EventNames<Map>,
> = number extends EventParameters<Map, Name>["length"]
  ? EventParameters<Map, Name>
  : [...args: ParametersWithoutAck<Map, Name>, options?: AckOptions];

/** The answer that an event's client waits for: the first argument, `void` where it waits for none. */
export type EventAnswer<Map extends EventsMap, Name extends EventNames<Map>> =
  [EventAck<Map, Name>] extends [never] ? void
    : Parameters<EventAck<Map, Name>>[0];

/** A handler whose result is the answer. */
export type EventHandler<Map extends EventsMap, Name extends EventNames<Map>> =
  (
    ...args: ParametersWithoutAck<Map, Name>
  ) => EventAnswer<Map, Name> | Promise<EventAnswer<Map, Name>>;

/** An event as `socket.events()` gives it: its arguments, and the function that answers it. */
export type EventRecord<Map extends EventsMap, Name extends EventNames<Map>> = [
  args: ParametersWithoutAck<Map, Name>,
  reply: [EventAck<Map, Name>] extends [never] ? () => void
    : EventAck<Map, Name>,
];

/** The names of the events whose listeners get no acknowledgement, or may do without. */
export type EventNamesWithoutAck<Map extends EventsMap> = {
  [Name in EventNames<Map>]: [EventAck<Map, Name>] extends [never] ? Name
    : number extends EventParameters<Map, Name>["length"] ? Name
    : never;
}[EventNames<Map>];

/** Whether an acknowledgement is declared with an error as its first argument. */
export type TakesError<Ack extends AnyFunction> = unknown extends
  Parameters<Ack>[0] ? false
  : Parameters<Ack>[0] extends Error ? true
  : false;

/** What an acknowledgement is answered with: its first argument that is no error. */
export type AckValue<Ack extends AnyFunction> = TakesError<Ack> extends true
  ? Parameters<Ack>[1]
  : Parameters<Ack>[0];

/**
 * The arguments of an event which is sent with a timeout: its acknowledgement gets an
 * error first, once where it is declared with one.
 */
export type ParametersWithTimeout<
  Map extends EventsMap,
  Name extends EventNames<Map>,
> = number extends EventParameters<Map, Name>["length"]
  ? EventParameters<Map, Name>
  : [EventAck<Map, Name>] extends [never] ? EventParameters<Map, Name>
  : [
    ...ParametersWithoutAck<Map, Name>,
    answer: TakesError<EventAck<Map, Name>> extends true ? EventAck<Map, Name>
      : (error: Error, ...args: Parameters<EventAck<Map, Name>>) => void,
  ];

/** The arguments of an event which is broadcast: its acknowledgement gets all answers, or is left out. */
export type BroadcastParameters<
  Map extends EventsMap,
  Name extends EventNames<Map>,
> = number extends EventParameters<Map, Name>["length"]
  ? EventParameters<Map, Name>
  : [EventAck<Map, Name>] extends [never] ? EventParameters<Map, Name>
  : ParametersWithoutAck<Map, Name> | [
    ...ParametersWithoutAck<Map, Name>,
    answers: (error: Error, responses: AckValue<EventAck<Map, Name>>[]) => void,
  ];
