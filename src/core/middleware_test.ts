import { assertEquals } from "@std/assert";
import type { AnyListener } from "../listeners.ts";
import { runMiddlewares } from "./middleware.ts";

type Next = (failure?: unknown) => void;

/** Runs a chain and returns what it was done with, each time it was. */
async function outcomes(...middlewares: AnyListener[]): Promise<unknown[][]> {
  const seen: unknown[][] = [];
  runMiddlewares(middlewares, "subject", (...args) => seen.push(args));
  // Longer than any of the chains below takes.
  for (let i = 0; i < 20; i++) await Promise.resolve();
  return seen;
}

const passing: Record<string, AnyListener[]> = {
  "no middleware": [],
  "one that calls next()": [(_, next: Next) => next()],
  "one that calls next() later": [(_, next: Next) => queueMicrotask(next)],
  "an async one that calls next()": [async (_, next: Next) => {
    await Promise.resolve();
    next();
  }],
  "one without next that returns": [() => {}],
  "one without a parameter that returns false": [() => false],
  "an async one without next": [async () => await Promise.resolve()],
  "one that calls next() twice": [(_, next: Next) => {
    next();
    next();
  }],
  "one that throws behind next()": [(_, next: Next) => {
    next();
    throw new Error("too late");
  }],
  "one that rejects behind next()": [async (_, next: Next) => {
    next();
    await Promise.reject(new Error("too late"));
  }],
  "one that fails behind next()": [(_, next: Next) => {
    next();
    next(new Error("too late"));
  }],
  "several of all kinds": [
    () => {},
    (_, next: Next) => next(),
    async () => {},
    async (_, next: Next) => await Promise.resolve().then(() => next()),
  ],
};

for (const [name, middlewares] of Object.entries(passing)) {
  Deno.test(`runMiddlewares() passes through ${name}`, async () => {
    assertEquals(await outcomes(...middlewares), [[]]);
  });
}

const error = new Error("no");
const failing: Record<string, AnyListener> = {
  "next(error)": (_, next: Next) => next(error),
  "a throw": () => {
    throw error;
  },
  "a throw of one that has next": (_, _next) => {
    throw error;
  },
  "a rejection": () => Promise.reject(error),
  "a rejection of one that has next": (_, _next) => Promise.reject(error),
  "a rejection later": async () => {
    await Promise.resolve();
    throw error;
  },
  "next(error) and next()": (_, next: Next) => {
    next(error);
    next();
  },
};

for (const [name, middleware] of Object.entries(failing)) {
  Deno.test(`runMiddlewares() stops at ${name}`, async () => {
    let reached = 0;
    const after = () => reached++;
    assertEquals(await outcomes(() => {}, middleware, after), [[error]]);
    assertEquals(reached, 0);
  });
}

for (const nothing of [undefined, null]) {
  Deno.test(`runMiddlewares() fails though ${nothing} is thrown`, async () => {
    const [[failure] = []] = await outcomes(() => {
      throw nothing;
    });
    assertEquals(failure instanceof Error, true);
    const [[rejection] = []] = await outcomes(() => Promise.reject(nothing));
    assertEquals(rejection instanceof Error, true);
  });
}

for (const falsy of [0, "", false]) {
  Deno.test(`runMiddlewares() fails though ${JSON.stringify(falsy)} is thrown`, async () => {
    const seen = await outcomes(() => {
      throw falsy;
    }, () => {});
    assertEquals(seen.length, 1);
    assertEquals(seen[0]!.length, 1, "it passed");
  });
}

Deno.test("runMiddlewares() lets nobody in before next() is called", async () => {
  assertEquals(await outcomes(async (_, _next) => {}), []);
  assertEquals(await outcomes((_, _next) => true), []);
});

Deno.test("runMiddlewares() gives each the subject, in order", async () => {
  const seen: unknown[] = [];
  await outcomes(
    (subject) => seen.push(["a", subject]),
    (subject, next: Next) => {
      seen.push(["b", subject]);
      next();
    },
    (subject) => seen.push(["c", subject]),
  );
  assertEquals(seen, [["a", "subject"], ["b", "subject"], ["c", "subject"]]);
});

Deno.test("runMiddlewares() runs those that were there at the start", () => {
  const middlewares: AnyListener[] = [];
  let late = 0;
  middlewares.push(() => middlewares.push(() => late++), () => {});
  let done = 0;
  runMiddlewares(middlewares.slice(), undefined, () => done++);
  assertEquals([done, late], [1, 0]);
});
