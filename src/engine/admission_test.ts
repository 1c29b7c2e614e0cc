import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Diagnostics } from "../diagnostics.ts";
import { Admission } from "./admission.ts";
import { HandshakeError } from "./errors.ts";
import { type EngineOptions, resolveEngineOptions } from "./options.ts";

const request = new Request("http://localhost/engine.io/?EIO=4");

/** What lets clients in by such options, and what it reports. */
function open(options: EngineOptions, taken: readonly string[] = []) {
  const diagnostics = new Diagnostics();
  const failures: unknown[] = [];
  diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    failures.push(event.error);
  });
  const admission = new Admission(
    resolveEngineOptions(options),
    diagnostics,
    (id) => taken.includes(id),
  );
  /** How a client is refused. */
  const refusal = async () => {
    const { code, context } = await assertRejects(
      async () => await admission.admit(request),
      HandshakeError,
    );
    return [code, context];
  };
  return { admission, failures, refusal };
}

/** Options whose function never answers. */
const silent: Record<string, EngineOptions> = {
  "allowRequest that never calls back": { allowRequest: () => {} },
  "allowRequest whose promise stays open": {
    allowRequest: () => new Promise(() => {}),
  },
  "allowedOrigins whose promise stays open": {
    allowedOrigins: () => new Promise<boolean>(() => {}),
  },
  "generateId whose promise stays open": {
    generateId: () => new Promise<string>(() => {}),
  },
};

for (const [name, options] of Object.entries(silent)) {
  Deno.test(`Admission refuses a client after 45 seconds of ${name}`, async () => {
    using time = new FakeTime();
    const { admission, failures, refusal } = open(options);
    const refused = refusal();
    assertEquals(admission.pending, 1);
    time.tick(44_900);
    assertEquals(admission.pending, 1);
    time.tick(1_000);
    assertEquals(await refused, [4, { name: "ADMISSION_TIMEOUT" }]);
    assertEquals(admission.pending, 0);
    assertEquals(failures, []);
    time.tick(1_000);
    assertEquals(time.next(), false);
  });
}

Deno.test("Admission.flush() refuses all that wait, and leaves no timer", async () => {
  using time = new FakeTime();
  const { admission, refusal } = open({ allowRequest: () => {} });
  const refused = [refusal(), refusal()];
  assertEquals(admission.pending, 2);
  admission.flush();
  await Promise.all(refused);
  assertEquals(admission.pending, 0);
  assertEquals(time.next(), false);
});

const error = new Error("too late");

/** What counts is the first call; what follows is reported, if it is an error. */
const twice: Record<
  string,
  [allowRequest: EngineOptions["allowRequest"], failures: unknown[]]
> = {
  "calls back twice": [(_request, callback) => {
    callback(null, true);
    callback("no", false);
  }, []],
  "calls back with what is as good as true": [(_request, callback) => {
    callback(null, 1 as unknown as boolean); // as JavaScript may
  }, []],
  "calls back, then throws": [(_request, callback) => {
    callback(null, true);
    throw error;
  }, [error]],
  "calls back, then rejects": [(_request, callback) => {
    callback(null, true);
    return Promise.reject(error);
  }, [error]],
};

for (const [name, [allowRequest, reported]] of Object.entries(twice)) {
  Deno.test(`Admission lets a client in once where allowRequest ${name}`, async () => {
    using _time = new FakeTime();
    const { admission, failures } = open({ allowRequest: allowRequest! }); // each is one
    assertEquals((await admission.admit(request)).length, 20);
    await Promise.resolve();
    assertEquals(failures, reported);
    admission.flush();
  });
}

Deno.test("Admission refuses by the first call of allowRequest, whatever follows", async () => {
  using _time = new FakeTime();
  const { admission, refusal } = open({
    allowRequest(_request, callback) {
      callback("banned", false);
      callback(null, true);
      return true;
    },
  });
  assertEquals(await refusal(), [4, { message: "banned" }]);
  admission.flush();
});

Deno.test("Admission refuses a promise of nothing, where no callback is declared", async () => {
  using _time = new FakeTime();
  const { admission, refusal } = open({ allowRequest: async () => {} });
  assertEquals(await refusal(), [4, {}]);
  admission.flush();
});

Deno.test("Admission tells what generateId threw", async () => {
  using _time = new FakeTime();
  const { admission, failures, refusal } = open({
    generateId() {
      throw error;
    },
  });
  assertEquals(await refusal(), [3, { name: "ID_GENERATION_ERROR", error }]);
  assertEquals(failures, [error]);
  admission.flush();
});

Deno.test("Admission refuses an id that is taken", async () => {
  using _time = new FakeTime();
  const { admission, refusal } = open({ generateId: () => "seat" }, ["seat"]);
  assertEquals(await refusal(), [3, { name: "ID_GENERATION_ERROR" }]);
  admission.flush();
});
