import { describeFailure, type SocketCore } from "../core/socket_core.ts";
import { type AnyListener, assertFunction } from "../listeners.ts";
import type { AnyFunction } from "./events.ts";

/**
 * Makes a listener that answers with what `handler` returns or resolves to, or with
 * `{ error: { message, data } }` of what it throws.
 */
export function answering(handler: AnyListener): AnyListener {
  assertFunction(handler, "a handler");
  return async function (this: unknown, ...args: unknown[]): Promise<void> {
    const reply = takeReply(args);
    try {
      reply(await handler.apply(this, args));
    } catch (error) {
      answerFailure(reply, error);
      throw error;
    }
  };
}

function answerFailure(reply: AnyFunction, failure: unknown): void {
  const { message, data } = describeFailure(failure);
  try {
    reply({ error: { message, data } });
  } catch {
    reply({ error: { message } }); // the data cannot be encoded
  }
}

/** Takes the function that answers an event off its arguments. */
function takeReply(args: unknown[]): AnyFunction {
  // What a client sends holds no other functions.
  return typeof args.at(-1) === "function"
    ? args.pop() as AnyFunction
    : () => {};
}

/**
 * Makes a stream of an event's arguments, each with the function that answers it.
 *
 * @param socket Whose event it is; the stream ends when it has left.
 * @param name The event.
 * @param signal Ends the stream with an error, the signal's reason.
 */
export function eventStream(
  socket: SocketCore,
  name: string,
  signal: AbortSignal | undefined,
): ReadableStream<[args: unknown[], reply: AnyFunction]> {
  let release = () => {};
  return new ReadableStream({
    start(controller) {
      if (signal?.aborted) return controller.error(signal.reason);
      if (socket.hasEnded) return controller.close();
      const onEvent = (...args: unknown[]) => {
        const reply = takeReply(args);
        if ((controller.desiredSize ?? 0) > 0) {
          controller.enqueue([args, reply]);
        } else socket.client.exceed("queuedEvents");
      };
      const onLeft = () => {
        release();
        controller.close();
      };
      const onAbort = () => {
        release();
        controller.error(signal?.reason);
      };
      release = () => {
        socket.listeners.remove(name, onEvent);
        socket.signal.removeEventListener("abort", onLeft);
        signal?.removeEventListener("abort", onAbort);
      };
      socket.listeners.add(name, onEvent);
      socket.signal.addEventListener("abort", onLeft);
      signal?.addEventListener("abort", onAbort);
    },
    cancel: () => release(),
  }, { highWaterMark: socket.client.limits.queuedEvents });
}
