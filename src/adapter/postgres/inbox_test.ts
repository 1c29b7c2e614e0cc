import { assertEquals } from "@std/assert";
import {
  FakeDriver,
  flush,
  SETTINGS,
} from "../../../tests/_support/fake_postgres.ts";
import { Attachments } from "./attachments.ts";
import { Inbox } from "./inbox.ts";

function open(maxBytes = 1_000) {
  const driver = new FakeDriver();
  const heard: unknown[] = [];
  const inbox = new Inbox(new Attachments(driver, SETTINGS), maxBytes, {
    onMessage: (message) => heard.push(message),
    onAttachment: (bytes) => heard.push(bytes),
    onLost: ({ message }) => heard.push(message),
  });
  return { driver, inbox, heard };
}

const row = (id: string) => ({ id, payload: Uint8Array.of(Number(id)) });

Deno.test("Inbox hands over at once what needs no attachment", () => {
  const { inbox, heard } = open();
  const messages = [
    ...[1, null, "text", [], {}, { attachmentId: "x" }, { attachmentId: -1 }],
    ...[{ attachmentId: "1".repeat(19) }, { attachmentId: ["1", "2"] }],
  ];
  for (const message of messages) inbox.add(message, 1);
  assertEquals(heard, messages);
});

Deno.test("Inbox keeps the order while it fetches, some at a time", async () => {
  const { driver, inbox, heard } = open();
  const ids = Array.from({ length: 10 }, (_, i) => `${i}`);
  inbox.add({ attachmentId: ids[0] }, 1);
  inbox.add("behind it", 1);
  for (const attachmentId of ids.slice(1)) inbox.add({ attachmentId }, 1);
  inbox.add("last", 1);
  const fetched = () => driver.statements.map(({ values }) => values[0]);
  assertEquals(fetched(), ["{0}"]);
  driver.statements[0]!.resolve([row("0")]);
  await flush();
  assertEquals(heard, [Uint8Array.of(0), "behind it"]);
  assertEquals(fetched()[1], "{1,2,3,4,5,6,7,8}");
  driver.statements[1]!.resolve(ids.slice(1, 9).toReversed().map(row));
  await flush();
  assertEquals(heard.length, 10);
  driver.statements[2]!.resolve([row("9")]);
  await flush();
  const bytes = ids.map((id) => Uint8Array.of(Number(id)));
  assertEquals(heard, [bytes[0], "behind it", ...bytes.slice(1), "last"]);
  inbox.add("later", 1);
  assertEquals(heard.at(-1), "later");
});

Deno.test("Inbox tells what is gone, and goes on", async () => {
  const { driver, inbox, heard } = open();
  inbox.add({ attachmentId: 1 }, 1);
  inbox.add({ attachmentId: 2 }, 1);
  inbox.add("behind them", 1);
  driver.statements[0]!.resolve([{ id: "1", payload: null }]);
  await flush();
  driver.statements[1]!.reject(new Error("refused"));
  await flush();
  assertEquals(heard, [
    "Cannot fetch the attachment 1: it is gone",
    "Cannot fetch 1 attachments: refused",
    "behind them",
  ]);
});

Deno.test("Inbox keeps no more than it may, and tells so once", async () => {
  const { driver, inbox, heard } = open(10);
  inbox.add({ attachmentId: 1 }, 5);
  inbox.add("kept", 5);
  inbox.add("lost", 1);
  inbox.add("lost", 1);
  const problem =
    "Cannot keep messages: more than 10 bytes wait for an attachment";
  assertEquals(heard, [problem]);
  driver.statements[0]!.resolve([row("1")]);
  await flush();
  assertEquals(heard, [problem, Uint8Array.of(1), "kept"]);
});

Deno.test("Inbox forgets what waits", async () => {
  const { driver, inbox, heard } = open();
  inbox.add({ attachmentId: 1 }, 1);
  inbox.clear();
  driver.statements[0]!.resolve([row("1")]);
  await flush();
  assertEquals(heard, []);
  inbox.add("later", 1);
  assertEquals(heard, ["later"]);
});
