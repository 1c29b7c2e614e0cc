import { assert, assertEquals, assertRejects } from "@std/assert";
import nodeCors from "cors";
import { cors, type CorsOptions, matchesOrigin } from "./cors.ts";

/** What becomes of a request: `next` tells that the handler was reached. */
interface Outcome {
  status: number;
  next: boolean;
  headers: Record<string, string>;
}

interface Asked {
  method: string;
  headers: Record<string, string>;
}

async function ours(options: CorsOptions, asked: Asked): Promise<Outcome> {
  let next = false;
  const middleware = cors(options);
  const request = new Request("http://localhost/", asked);
  const response = await middleware(request, undefined, () => {
    next = true;
    return Promise.resolve(new Response(null, { status: 299 }));
  });
  return {
    status: response.status,
    next,
    headers: Object.fromEntries(response.headers),
  };
}

/** The same by npm's package, which reads and writes Node's request and response. */
function theirs(options: CorsOptions, asked: Asked): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = {};
    const response = {
      statusCode: 299,
      getHeader: (name: string) => headers[name.toLowerCase()],
      setHeader(name: string, value: string) {
        const key = name.toLowerCase();
        if (key !== "content-length") headers[key] = String(value);
      },
      end: () => resolve({ status: response.statusCode, next: false, headers }),
    };
    nodeCors(options)(asked, response, (error?: Error) => {
      if (error) reject(error);
      else resolve({ status: 299, next: true, headers });
    });
  });
}

const variants: Record<string, CorsOptions> = {
  "no option": {},
  "origin *": { origin: "*" },
  "origin true": { origin: true },
  "origin false": { origin: false },
  "an empty origin": { origin: "" },
  "one origin": { origin: "http://a.example" },
  "another origin": { origin: "http://b.example" },
  "a pattern": { origin: /\.example$/ },
  "a pattern that does not fit": { origin: /^https:/ },
  "several origins": { origin: ["http://b.example", "http://a.example"] },
  "several patterns": { origin: [/b/, "http://c.example", /a\.ex/] },
  "several origins of others": { origin: ["http://b.example", /^https:/] },
  "no origins": { origin: [] },
  "a function that gives true": { origin: (_origin, done) => done(null, true) },
  "a function that gives false": {
    origin: (_origin, done) => done(null, false),
  },
  "a function that gives an origin": {
    origin: (_origin, done) => done(null, "http://a.example"),
  },
  "a function that gives *": { origin: (_origin, done) => done(null, "*") },
  "a function that gives a pattern": {
    origin: (_origin, done) => done(null, /a/),
  },
  "a function that gives several": {
    origin: (_origin, done) => done(null, ["http://b.example", /a/]),
  },
  "a function that gives nothing": { origin: (_origin, done) => done(null) },
  "a function that reads the origin": {
    origin: (origin, done) => done(null, origin === "http://a.example"),
  },
  "a function that answers later": {
    origin: (_origin, done) => queueMicrotask(() => done(null, true)),
  },
  "an origin that is undefined": { origin: undefined } as object,
  "methods as text": { methods: "GET,POST" },
  "methods as a list": { methods: ["GET", "POST"] },
  "no methods": { methods: [] },
  "allowedHeaders as text": { allowedHeaders: "x-one,x-two" },
  "allowedHeaders as a list": { allowedHeaders: ["x-one", "x-two"] },
  "no allowedHeaders": { allowedHeaders: [] },
  "empty allowedHeaders": { allowedHeaders: "" },
  "exposedHeaders as text": { exposedHeaders: "x-one,x-two" },
  "exposedHeaders as a list": { exposedHeaders: ["x-one", "x-two"] },
  "no exposedHeaders": { exposedHeaders: [] },
  "empty exposedHeaders": { exposedHeaders: "" },
  "credentials": { credentials: true },
  "no credentials": { credentials: false },
  "credentials for one origin": {
    origin: "http://a.example",
    credentials: true,
  },
  "maxAge": { maxAge: 600 },
  "maxAge 0": { maxAge: 0 },
  "preflightContinue": { preflightContinue: true },
  "optionsSuccessStatus": { optionsSuccessStatus: 200 },
  "all of it": {
    origin: ["http://a.example"],
    methods: ["GET"],
    allowedHeaders: ["x-one"],
    exposedHeaders: "x-two",
    credentials: true,
    maxAge: 1,
    optionsSuccessStatus: 202,
  },
};

const requests: Record<string, Asked> = {
  "a GET": { method: "GET", headers: { origin: "http://a.example" } },
  "a GET without an origin": { method: "GET", headers: {} },
  "a POST of another": {
    method: "POST",
    headers: { origin: "http://z.example" },
  },
  "a preflight": {
    method: "OPTIONS",
    headers: {
      origin: "http://a.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "x-three, content-type",
    },
  },
  "a preflight without headers": {
    method: "OPTIONS",
    headers: { origin: "http://a.example" },
  },
  "OPTIONS without an origin": { method: "OPTIONS", headers: {} },
};

for (const [option, options] of Object.entries(variants)) {
  Deno.test(`cors() answers as npm's cors does with ${option}`, async () => {
    for (const [name, asked] of Object.entries(requests)) {
      assertEquals(
        await ours(options, asked),
        await theirs(options, asked),
        `${name} with ${option}`,
      );
    }
  });
}

Deno.test("cors() asks a delegate for each request", async () => {
  const seen: string[] = [];
  const middleware = cors((request, done) => {
    seen.push(request.url);
    done(null, { origin: request.url.endsWith("/a") ? "http://a" : false });
  });
  const origin = async (path: string) => {
    const request = new Request(`http://localhost/${path}`);
    const next = () => Promise.resolve(new Response());
    const { headers } = await middleware(request, undefined, next);
    return headers.get("access-control-allow-origin");
  };
  assertEquals(await origin("a"), "http://a");
  assertEquals(await origin("b"), null);
  assertEquals(seen, ["http://localhost/a", "http://localhost/b"]);
});

Deno.test("cors() fails as its functions do", async () => {
  const next = () => Promise.resolve(new Response());
  const request = new Request("http://localhost/");
  const failing = [
    cors((_request, done) => done(new Error("delegate"))),
    cors({ origin: (_origin, done) => done(new Error("origin")) }),
    cors(() => {
      throw new Error("thrown");
    }),
  ];
  for (const middleware of failing) {
    await assertRejects(async () => await middleware(request, undefined, next));
  }
});

Deno.test("cors() adds to the headers that are there", async () => {
  const request = new Request("http://localhost/", {
    headers: { origin: "http://a.example" },
  });
  const response = await cors({ origin: true })(
    request,
    undefined,
    () => Promise.resolve(new Response(null, { headers: { vary: "Accept" } })),
  );
  assertEquals(response.headers.get("vary"), "Accept, Origin");
});

Deno.test("matchesOrigin() keeps no position in a pattern", () => {
  const pattern = /a/g;
  for (let i = 0; i < 3; i++) assert(matchesOrigin(pattern, "http://a"));
  assertEquals(pattern.lastIndex, 0);
});
