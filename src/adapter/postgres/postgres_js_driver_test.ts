import { assertEquals, assertRejects } from "@std/assert";
import { flush } from "../../../tests/_support/fake_postgres.ts";
import type { PostgresJsSql, PostgresRow } from "./clients.ts";
import { PostgresJsDriver } from "./postgres_js_driver.ts";

/** What postgres.js would return, under the test's control. */
function open() {
  const statements: PromiseWithResolvers<readonly PostgresRow[]>[] = [];
  const listens: {
    channel: string;
    onNotify: (payload: string) => void;
    onListen: (() => void) | undefined;
    started: PromiseWithResolvers<{ unlisten(): Promise<void> }>;
  }[] = [];
  const texts: string[] = [];
  const sql: PostgresJsSql = {
    unsafe(text) {
      texts.push(text);
      const statement = Promise.withResolvers<readonly PostgresRow[]>();
      statements.push(statement);
      return statement.promise;
    },
    listen(channel, onNotify, onListen) {
      const started = Promise.withResolvers<{ unlisten(): Promise<void> }>();
      listens.push({ channel, onNotify, onListen, started });
      return started.promise;
    },
  };
  const heard: string[] = [];
  const listener = {
    onPayload: (payload: string) => void heard.push(payload),
    onListening: () => void heard.push("(listening)"),
    onDeaf: (error: unknown) => void heard.push(`(${error})`),
  };
  const driver = new PostgresJsDriver(sql);
  return { driver, statements, texts, listens, listener, heard };
}

Deno.test("PostgresJsDriver lets few statements wait that were given up", async () => {
  const { driver, statements, texts } = open();
  for (let i = 0; i < 8; i++) {
    const { abandon, rows } = driver.run(`${i}`, []);
    abandon(new Error("too slow"));
    abandon(new Error("twice"));
    await assertRejects(() => rows, Error, "too slow");
  }
  assertEquals(texts.length, 8);
  const held = driver.run("held", []);
  held.abandon(new Error("too slow"));
  await assertRejects(() => held.rows, Error, "too slow");
  const next = driver.run("next", []);
  assertEquals(texts.slice(8), ["SELECT 1", "SELECT 1"]);
  statements[9]!.resolve([]);
  await flush();
  assertEquals(texts[10], "next");
  statements[10]!.resolve([{ a: 1 }]);
  assertEquals(await next.rows, [{ a: 1 }]);
  next.abandon(new Error("too late"));
  statements[8]!.resolve([]);
  await flush();
  assertEquals(texts.length, 11);
});

Deno.test("PostgresJsDriver forgets those that end after all", async () => {
  const { driver, statements, texts } = open();
  for (let i = 0; i < 8; i++) {
    const { abandon, rows } = driver.run(`${i}`, []);
    abandon(new Error("too slow"));
    await assertRejects(() => rows, Error, "too slow");
  }
  statements[0]!.resolve([]);
  statements[1]!.reject(new Error("closed"));
  await flush();
  const failing = driver.run("next", []);
  assertEquals(texts[8], "next");
  statements[8]!.reject(new Error("syntax"));
  await assertRejects(() => failing.rows, Error, "syntax");
});

Deno.test("PostgresJsDriver passes on what the library tells, until it is to stop", async () => {
  const { driver, listens, listener, heard } = open();
  driver.listen("a", listener);
  const [{ onNotify, onListen, started }] = listens as [typeof listens[0]]; // by the line above
  let unlistened = 0;
  const unlisten = () => {
    unlistened++;
    return Promise.reject(new Error("closed"));
  };
  onListen!();
  started.resolve({ unlisten });
  await flush();
  onNotify("1");
  onListen!();
  driver.relisten("silent");
  assertEquals(heard, ["(listening)", "1", "(listening)", "(silent)"]);
  await driver.unlisten("a", listener);
  await driver.unlisten("a", listener);
  assertEquals(unlistened, 1);
  onNotify("2");
  onListen!();
  driver.relisten("silent");
  assertEquals(heard.length, 4);
});

Deno.test("PostgresJsDriver tells that it could not listen yet", async () => {
  const { driver, listens, listener, heard } = open();
  driver.listen("a", listener);
  listens[0]!.started.reject(new Error("refused"));
  await flush();
  listens[0]!.onListen!(); // the library has tried again
  assertEquals(heard, ["(Error: refused)", "(listening)"]);
  await driver.unlisten("a", listener);

  driver.listen("b", listener);
  await driver.unlisten("b", listener);
  let unlistened = 0;
  listens[1]!.started.resolve({
    unlisten() {
      unlistened++;
      return Promise.resolve();
    },
  });
  await flush();
  assertEquals(unlistened, 1);
});
