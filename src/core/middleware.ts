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
 * @param done Is called once: without an argument if all have passed. Must not throw.
 */
export function runMiddlewares(
  middlewares: readonly AnyListener[],
  subject: unknown,
  done: (failure?: unknown) => void,
): void {
  const middleware = middlewares[0];
  if (middleware === undefined) return done();
  const rest = middlewares.slice(1);
  const passesByNext = declaresNext(middleware);
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

const declaring = new WeakMap<AnyListener, boolean>();

/** Whether a middleware may call `next`, however it declares it. */
function declaresNext(middleware: AnyListener): boolean {
  let declares = declaring.get(middleware);
  if (declares === undefined) {
    declares = middleware.length > 1 || hasHiddenParameter(middleware);
    declaring.set(middleware, declares);
  }
  return declares;
}

/**
 * Whether a function takes more arguments than its `length` says: by a default, by
 * `...args` or by `arguments`, as functions have that were wrapped by a tool. Where
 * its text does not tell, it may: who is let in by mistake is worse than who waits.
 */
function hasHiddenParameter(middleware: AnyListener): boolean {
  const text = Function.prototype.toString.call(middleware);
  const [head = ""] = text.split(/\)|=>/, 1);
  const parameters = head.replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, "");
  return /,|\.\.\./.test(parameters) || /\barguments\b/.test(text) ||
    middleware.length === 0 && /\[native code\]/.test(text);
}
