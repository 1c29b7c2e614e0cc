import { type AnyListener, isThenable } from "../listeners.ts";

/**
 * Runs middlewares one after the other, up to the first that fails.
 *
 * One that declares a second parameter, `next`, passes by calling it and by
 * nothing else: the promise of an async function which still waits for a check
 * must not let anybody in. One that declares none passes when it returns or its
 * promise resolves. Either fails by a throw or a rejection, or by `next(error)`.
 *
 * @param middlewares The functions.
 * @param subject Their first argument.
 * @param done Is called once: without an argument if all have passed.
 */
export function runMiddlewares(
  middlewares: readonly AnyListener[],
  subject: unknown,
  done: (failure?: unknown) => void,
): void {
  const middleware = middlewares[0];
  if (middleware === undefined) return done();
  const rest = middlewares.slice(1);
  const passesByNext = middleware.length >= 2;
  let isOver = false;
  const end = (failure: unknown, hasFailed: boolean) => {
    if (isOver) return;
    isOver = true;
    if (!hasFailed) runMiddlewares(rest, subject, done);
    else done(failure ?? new Error("middleware failed"));
  };
  const next = (failure?: unknown) => end(failure, Boolean(failure));
  const fail = (failure: unknown) => end(failure, true);
  try {
    const result = middleware(subject, next);
    if (isThenable(result)) {
      result.then(passesByNext ? undefined : () => next(), fail);
    } else if (!passesByNext) {
      next();
    }
  } catch (failure) {
    fail(failure);
  }
}
