import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type EngineMiddleware, runMiddlewares } from "./middleware.ts";

const request = new Request("http://localhost/");

/** What Deno answers a WebSocket handshake with; no other 101 can be made. */
function switchingResponse(): Response {
  return new Proxy(new Response(), {
    get: (target, key) =>
      key === "status" ? 101 : Reflect.get(target, key, target) as unknown, // whatever it is
  });
}

function run(
  middlewares: EngineMiddleware[],
  answer: () => Response | Promise<Response> = () => new Response("answer"),
) {
  return runMiddlewares(middlewares, request, undefined, answer);
}

Deno.test("runMiddlewares() passes through all, in order and back", async () => {
  const steps: string[] = [];
  const middleware =
    (name: string): EngineMiddleware => async (_r, _i, next) => {
      steps.push(`${name} in`);
      const response = await next();
      steps.push(`${name} out`);
      response.headers.append("x-seen", name);
      return response;
    };
  const response = await run([middleware("a"), middleware("b")]);
  assertEquals(steps, ["a in", "b in", "b out", "a out"]);
  assertEquals(response.headers.get("x-seen"), "b, a");
  assertEquals(await response.text(), "answer");
});

Deno.test("runMiddlewares() hands on request and info", async () => {
  const info = { remoteAddr: { transport: "unix", path: "/x" } as const };
  let seen: unknown[] = [];
  const middleware: EngineMiddleware = (...args) => {
    seen = args.slice(0, 2);
    return args[2]();
  };
  await runMiddlewares([middleware], request, info, () => new Response());
  assertEquals(seen, [request, info]);
});

Deno.test("runMiddlewares() stops at an answer of a middleware's own", async () => {
  let answered = 0;
  const response = await run([
    () => new Response("mine", { status: 401 }),
    (_r, _i, next) => next(),
  ], () => {
    answered++;
    return new Response();
  });
  assertEquals(response.status, 401);
  assertEquals(answered, 0);
});

Deno.test("runMiddlewares() lets a middleware replace the answer", async () => {
  const response = await run([async (_request, _info, next) => {
    await next();
    return new Response("replaced");
  }]);
  assertEquals(await response.text(), "replaced");
});

Deno.test("runMiddlewares() fails as a middleware does", async () => {
  const error = new Error("middleware");
  const throws: EngineMiddleware = () => {
    throw error;
  };
  const rejects: EngineMiddleware = () => Promise.reject(error);
  for (const middleware of [throws, rejects]) {
    assertStrictEquals(await assertRejects(() => run([middleware])), error);
  }
});

const afterUpgrade: Record<string, EngineMiddleware> = {
  "throws": async (_request, _info, next) => {
    await next();
    throw new Error("too late");
  },
  "replaces it": async (_request, _info, next) => {
    await next();
    return new Response("replaced");
  },
  "asks for it twice": async (_request, _info, next) => {
    await next();
    return await next();
  },
  "returns nothing": async (_request, _info, next) => {
    await next();
    return undefined as unknown as Response; // as JavaScript would
  },
};

for (const [name, middleware] of Object.entries(afterUpgrade)) {
  Deno.test(`runMiddlewares() keeps a WebSocket's answer when a middleware ${name}`, async () => {
    const switching = switchingResponse();
    let answered = 0;
    const response = await run([middleware], () => {
      answered++;
      return switching;
    });
    assertStrictEquals(response, switching);
    assertEquals(answered, 1);
  });
}
