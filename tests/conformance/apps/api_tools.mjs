/** The names of sockets, in their order. */
export function namesOf(sockets) {
  return Array.from(sockets, ({ data }) => data.name).sort();
}

/** Resolves with the arguments of an event. */
export function once(emitter, event) {
  return new Promise((resolve) =>
    emitter.once(event, (...args) => resolve(args))
  );
}

/** What a function throws, or `undefined`. */
export function thrown(action) {
  try {
    action();
  } catch (error) {
    return error.message;
  }
}

/** What a promise is rejected with, or `undefined`. */
export function rejected(promise) {
  return promise.then(() => undefined, (error) => error.message);
}

/** What all three clients have heard. */
export function all(...events) {
  return { a: events, b: events, c: events };
}
