import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { Handshake } from "../core/handshake.ts";
import { Diagnostics } from "../diagnostics.ts";
import { type AdminAuthenticator, Authentication } from "./authentication.ts";
import { type AdminStore, InMemoryStore } from "./stores.ts";

/** Somebody who asks to be let in from an address. */
class Applicant {
  readonly sessions: string[] = [];
  readonly handshake: Handshake;

  constructor(auth: Record<string, unknown>, address = "10.0.0.1") {
    this.handshake = { auth, address } as Handshake; // what is looked at
  }

  emit(_name: "session", sessionId: string): void {
    this.sessions.push(sessionId);
  }
}

function open(
  {
    auth = ({ password }) => password === "secret",
    store = new InMemoryStore(),
  }: { auth?: AdminAuthenticator; store?: AdminStore } = {},
) {
  const diagnostics = new Diagnostics();
  const errors: unknown[] = [];
  diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    errors.push([event.source, event.error]);
  });
  const authentication = new Authentication(auth, store, diagnostics);
  const admit = (auth: Record<string, unknown>, address?: string) =>
    authentication.admit(new Applicant(auth, address));
  return { authentication, admit, errors };
}

const GOOD = { username: "admin", password: "secret" };
const BAD = { username: "admin", password: "no" };

Deno.test("Authentication gives whoever is let in a session, which lets in again", async () => {
  const { authentication, admit } = open();
  const applicant = new Applicant(GOOD);
  await authentication.admit(applicant);
  const [sessionId] = applicant.sessions;
  const again = new Applicant({ sessionId });
  await authentication.admit(again);
  assertEquals(again.sessions, []);
  await assertRejects(
    () => admit({ sessionId: `${sessionId}x` }),
    Error,
    "invalid credentials",
  );
});

const odd: Record<string, Record<string, unknown>> = {
  "nothing": {},
  "what is no text": { username: 1, password: ["secret"] },
  "a text that is too long": { password: "secret".repeat(1_000) },
  "a session that is no text": { sessionId: {} },
};
for (const [name, auth] of Object.entries(odd)) {
  Deno.test(`Authentication refuses ${name}`, async () => {
    const { admit } = open();
    await assertRejects(() => admit(auth), Error, "invalid credentials");
  });
}

Deno.test("Authentication stops listening to an address for a minute, after five failures", async () => {
  using time = new FakeTime();
  const { admit } = open();
  for (let i = 0; i < 5; i++) {
    await assertRejects(() => admit(BAD), Error, "invalid credentials");
  }
  await assertRejects(() => admit(GOOD), Error, "too many attempts");
  await admit(GOOD, "10.0.0.2");
  time.tick(59_999);
  await assertRejects(() => admit(GOOD), Error, "too many attempts");
  time.tick(1);
  await admit(GOOD);
});

Deno.test("Authentication lets in who has a session, whatever others try from its address", async () => {
  using _time = new FakeTime();
  const { authentication, admit } = open();
  const applicant = new Applicant(GOOD);
  await authentication.admit(applicant);
  const [sessionId] = applicant.sessions;
  for (let i = 0; i < 5; i++) {
    await assertRejects(() => admit(BAD), Error, "invalid credentials");
  }
  await admit({ sessionId });
  await assertRejects(() => admit(GOOD), Error, "too many attempts");
});

Deno.test("Authentication forgets the failures of who is let in", async () => {
  using _time = new FakeTime();
  const { admit } = open();
  for (let i = 0; i < 20; i++) {
    await assertRejects(() => admit(BAD), Error, "invalid credentials");
    await admit(GOOD);
  }
});

Deno.test("Authentication checks few at once, and counts them before it knows", async () => {
  const gate = Promise.withResolvers<boolean>();
  let asked = 0;
  const { admit } = open({
    auth: () => {
      asked++;
      return gate.promise;
    },
  });
  const attempts = Array.from(
    { length: 10 },
    (_, i) => admit(BAD, `10.0.0.${i % 2}`),
  );
  const results = Promise.allSettled(attempts);
  await Promise.resolve();
  assertEquals(asked, 4);
  gate.resolve(false);
  const messages = (await results).map((result) =>
    result.status === "rejected" ? result.reason.message : "let in"
  );
  assertEquals(messages, [
    ...new Array(4).fill("invalid credentials"),
    ...new Array(6).fill("too many attempts"),
  ]);
});

Deno.test("Authentication refuses whom a function that fails was asked about, and reports it", async () => {
  const { admit, errors } = open({
    auth: () => {
      throw new Error("no database");
    },
  });
  await assertRejects(() => admit(GOOD), Error, "invalid credentials");
  assertEquals(String(errors), "the admin UI's auth,Error: no database");
});

Deno.test("Authentication refuses what is not true", async () => {
  const { admit } = open({ auth: () => "yes" as unknown as boolean }); // a mistake
  await assertRejects(() => admit(GOOD), Error, "invalid credentials");
});

Deno.test("Authentication lets in without a session where the store fails, and reports it", async () => {
  const { authentication, errors } = open({
    store: {
      doesSessionExist: () => Promise.reject("down"),
      saveSession: () => Promise.reject("down"),
    },
  });
  const applicant = new Applicant({ ...GOOD, sessionId: "old" });
  await authentication.admit(applicant);
  assertEquals(applicant.sessions, []);
  assertEquals(errors, [
    ["the admin UI's store", "down"],
    ["the admin UI's store", "down"],
  ]);
});
