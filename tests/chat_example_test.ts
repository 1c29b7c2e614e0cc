/** The chat that `deno task example` starts, used by people and by others. */

import { assertEquals } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { io, type Socket } from "socket.io-client";
import type {
  ClientToServerEvents,
  JoinReply,
  ServerToClientEvents,
} from "../examples/chat/events.ts";
import { servePage } from "../examples/chat/files.ts";
import { createChat } from "../examples/chat/server.ts";
import { isDenoAtLeast } from "../src/deno_version.ts";
import { launchChromium, requires } from "./_support/environment.ts";
import { within } from "./_support/within.ts";

const ROOT = new URL("../", import.meta.url);

/** Writes down each state of the connection that the page shows. */
const RECORD_STATES = `
  globalThis.states = [];
  addEventListener("DOMContentLoaded", () => {
    const connection = document.getElementById("connection");
    const observer = new MutationObserver(() => {
      states.push(connection.dataset.state);
    });
    observer.observe(connection, { attributeFilter: ["data-state"] });
  });
`;

/** Somebody with the page open. */
class Person {
  /** What went wrong in the page. */
  readonly errors: string[] = [];
  /** What its requests were for: `GET polling`, `GET websocket`, … */
  readonly requests: string[] = [];
  /** Each frame of its WebSockets, behind an arrow that tells the direction. */
  readonly frames: string[] = [];
  #onFrame = () => {};

  private constructor(readonly page: Page) {
    page.on("pageerror", ({ message }) => this.errors.push(message));
    page.on("console", (message) => {
      const text = message.text();
      // Before 2.6 Deno closes twice what it has closed itself.
      const isKnown = !isDenoAtLeast("2.6") &&
        text.endsWith("Close received after close");
      if (message.type() === "error" && !isKnown) this.errors.push(text);
    });
    page.on("request", (request) => {
      const transport = new URL(request.url()).searchParams.get("transport");
      if (transport !== null) {
        this.requests.push(`${request.method()} ${transport}`);
      }
    });
    page.on("websocket", (webSocket) => {
      webSocket.on("framesent", ({ payload }) => {
        this.#record(`→ ${payload}`);
      });
      webSocket.on("framereceived", ({ payload }) => {
        this.#record(`← ${payload}`);
      });
    });
  }

  /** Opens the page and goes through the entry. */
  static async enter(
    context: BrowserContext,
    url: string,
    name: string,
  ): Promise<Person> {
    const person = new Person(await context.newPage());
    await person.page.addInitScript(RECORD_STATES);
    await person.page.goto(url);
    await person.page.getByLabel("Your name").fill(name);
    await person.page.getByRole("button", { name: "Join the chat" }).click();
    await person.sees("status", "Connected by WebSocket");
    await person.isAmong([`${name}you`], "some");
    return person;
  }

  /** Waits for a text in the part of the page that has the role. */
  async sees(role: "log" | "status" | "heading", text: string): Promise<void> {
    await this.page.getByRole(role).getByText(text).last().waitFor();
  }

  /** Waits for a frame: the browser reports them later than the page acts. */
  async passes(frame: string): Promise<void> {
    while (!this.frames.includes(frame)) {
      const next = new Promise<void>((resolve) => this.#onFrame = resolve);
      await within(next, frame);
    }
  }

  #record(frame: string): void {
    this.frames.push(frame);
    this.#onFrame();
  }

  async seesTyping(line: string): Promise<void> {
    await this.page.locator("#typing").getByText(line).waitFor();
  }

  async seesNobodyType(): Promise<void> {
    await this.page.locator("#typing:empty").waitFor({ state: "attached" });
  }

  /** Waits until these, in any order, are the people in the room. */
  async isAmong(names: string[], which: "all" | "some" = "all"): Promise<void> {
    await this.page.waitForFunction(
      `(() => {
        const items = document.querySelectorAll("#members .member");
        const names = Array.from(items, (item) => {
          const [, ...words] = item.children;
          return words.map(({ textContent }) => textContent).join("");
        });
        const expected = ${JSON.stringify(names)};
        return expected.every((name) => names.includes(name)) &&
          (${which === "some"} || names.length === expected.length);
      })()`,
    );
  }

  /** Waits until the list of rooms says how many people are in one. */
  async seesCount(room: string, count: number): Promise<void> {
    await this.page.locator(`[data-room="${room}"]`).getByText(`${count}`, {
      exact: true,
    }).waitFor();
  }

  async types(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
  }

  /**
   * Sends a message as soon as the room takes it, and waits until it has come back
   * like everybody's.
   */
  async says(text: string): Promise<void> {
    await this.types(text);
    await this.page.locator("#composer button:enabled").waitFor();
    await this.page.keyboard.press("Enter");
    await this.sees("log", text);
  }

  async goesTo(room: string): Promise<void> {
    await this.page.getByLabel("another room").fill(room);
    await this.page.getByRole("button", { name: "Join", exact: true }).click();
    await this.sees("heading", room);
  }

  async said(): Promise<string[]> {
    return await this.page.getByRole("log").locator(".text").allTextContents();
  }

  async states(): Promise<unknown> {
    return await this.page.evaluate("states");
  }
}

Deno.test(requires(
  { chromium: true },
  "The chat lets two tabs talk with no more than the task's permissions",
  async (t) => {
    await using chat = await startTask();
    await using browser = await launchChromium();
    // Tabs of one window: they share all but what belongs to a tab.
    const context = await browser.newContext();
    const ada = await Person.enter(context, chat.url, "Ada");
    const bob = await Person.enter(context, chat.url, "Bob");

    await t.step("begins on polling and upgrades", async () => {
      for (const person of [ada, bob]) {
        assertEquals(await person.states(), [
          "connecting",
          "polling",
          "websocket",
        ]);
        await person.passes("→ 5");
        assertEquals(person.requests[0], "GET polling");
        assertEquals(person.frames.slice(0, 3), [
          "→ 2probe",
          "← 3probe",
          "→ 5",
        ]);
      }
    });

    await t.step("shows who is there", async () => {
      await ada.sees("log", "Bob joined");
      await ada.isAmong(["Adayou", "Bob"]);
      await bob.isAmong(["Ada", "Bobyou"]);
      await ada.seesCount("lobby", 2);
    });

    await t.step("passes messages both ways", async () => {
      await ada.says("Good morning, Bob");
      await bob.sees("log", "Good morning, Bob");
      await bob.says("And to you");
      await ada.sees("log", "And to you");
      const all = ["Good morning, Bob", "And to you"];
      assertEquals(await ada.said(), all);
      assertEquals(await bob.said(), all);
      await ada.passes('→ 42["message","Good morning, Bob"]');
    });

    await t.step("shows markup as the text it is", async () => {
      await ada.says("<img src=x onerror=alert(1)>");
      await bob.sees("log", "<img src=x onerror=alert(1)>");
      assertEquals(await bob.page.locator("#logs img").count(), 0);
    });

    await t.step("shows who types, until they stop", async () => {
      await bob.types("Let me th");
      await ada.seesTyping("Bob is typing…");
      await ada.seesNobodyType();
      await bob.types("Let me think");
      await ada.seesTyping("Bob is typing…");
      await bob.types("");
      await ada.seesNobodyType();
      await bob.passes('→ 42["typing",false]');
      await bob.types("Let me see");
      await ada.seesTyping("Bob is typing…");
      await bob.says("Let me see");
      await ada.sees("log", "Let me see");
      await ada.seesNobodyType();
    });

    await t.step("keeps rooms apart", async () => {
      await bob.goesTo("Deno Land");
      await ada.sees("log", "Bob left");
      await ada.isAmong(["Adayou"]);
      await ada.seesCount("deno land", 1);
      await bob.isAmong(["Bobyou"]);
      await bob.says("Only for the new room");
      await ada.says("Only for the lobby");

      await ada.page.getByRole("button", { name: "deno land" }).click();
      await ada.isAmong(["Adayou", "Bob"]);
      await bob.sees("log", "Ada joined");
      await ada.says("Here I am");
      await bob.sees("log", "Here I am");
      assertEquals(await ada.said(), ["Here I am"]);
      assertEquals(await bob.said(), ["Only for the new room", "Here I am"]);
    });

    await t.step("shows that a tab was closed", async () => {
      await bob.page.close();
      await ada.sees("log", "Bob left");
      await ada.isAmong(["Adayou"]);
      await ada.seesCount("deno land", 1);
      assertEquals([...ada.errors, ...bob.errors], []);
    });
  },
));

Deno.test(requires(
  { chromium: true },
  "The chat takes everybody back when their connection was lost",
  async () => {
    await using chat = startHere();
    await using browser = await launchChromium();
    const context = await browser.newContext();
    const ada = await Person.enter(context, `${chat.url}/#music`, "Ada");
    const bob = await Person.enter(context, `${chat.url}/#music`, "Bob");
    await ada.says("Before");
    await bob.sees("log", "Before");

    for (const { conn, data } of chat.io.sockets.sockets.values()) {
      if (data.name === "Bob") conn.close();
    }
    await ada.sees("log", "Bob left");
    await bob.page.waitForFunction(`states.includes("reconnecting")`);
    await bob.page.waitForFunction(
      `states.filter((state) => state === "websocket").length === 2`,
    );
    await bob.isAmong(["Ada", "Bobyou"]);
    await bob.says("After");
    await ada.sees("log", "After");
    assertEquals(await bob.said(), ["Before", "After"]);
    assertEquals([...ada.errors, ...bob.errors], []);
  },
));

Deno.test("The chat refuses names that nobody could read", async () => {
  await using chat = startHere();
  const expected = "Use 1 to 24 characters";
  for (const name of [undefined, 7, "", " \n", "\u200b", "x".repeat(25), {}]) {
    await using client = new Guest(chat.url, name);
    assertEquals(await client.refused, expected);
  }
  assertEquals(chat.io.sockets.sockets.size, 0);
});

Deno.test("The chat survives whatever a client sends", async () => {
  await using chat = startHere();
  await using bob = new Guest(chat.url, "  Bob\u202e \n the   second ");
  await using ada = new Guest(chat.url, "Ada");
  const joined = await bob.join("lobby");
  const member = { id: bob.socket.id ?? "", name: "Bob the second" };
  assertEquals(joined, { room: "lobby", members: [member] });

  const refusal = { error: "Use 1 to 24 characters" };
  assertEquals(await ada.join(null), refusal);
  assertEquals(await ada.join({ toString: null }), refusal);
  assertEquals(await ada.join("x".repeat(25)), refusal);

  // None of this says anything: Bob will hear the last message alone.
  const junk: unknown[][] = [
    ["join"],
    ["join", "lobby"],
    ["join", "lobby", "no function"],
    ["message", "not in a room yet"],
    ["typing", true],
    ["join", "lobby", () => {}],
    ["message"],
    ["message", 1],
    ["message", { text: "object" }],
    ["message", " \n "],
    ["message", "x".repeat(1001)],
    ["message", Uint8Array.of(1)],
    ["unknown", "event"],
    [1, 2, 3],
  ];
  const heard = bob.nextMessage();
  for (const [event, ...data] of junk) ada.send(event, ...data);
  ada.send("message", "  Hello\nBob ", "too much", () => {});
  const { from, text } = await heard;
  assertEquals(from, { id: ada.socket.id ?? "", name: "Ada" });
  assertEquals(text, "Hello\nBob");
});

/** A client without a page, free to send what it likes. */
class Guest implements AsyncDisposable {
  readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  /** Why the server did not let it in. */
  readonly refused: Promise<string>;

  constructor(url: string, name: unknown) {
    this.socket = io(url, {
      auth: { name },
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
    });
    this.refused = new Promise((resolve) => {
      this.socket.on("connect_error", ({ message }) => resolve(message));
    });
  }

  send(event: unknown, ...data: unknown[]): void {
    // Not what the types of the events allow, and that is the point.
    (this.socket as Socket).emit(event as string, ...data);
  }

  async join(room: unknown): Promise<JoinReply> {
    return await new Promise((reply) => this.send("join", room, reply));
  }

  async nextMessage() {
    type Message = Parameters<ServerToClientEvents["message"]>[0];
    return await new Promise<Message>((resolve) => {
      this.socket.once("message", resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { engine } = this.socket.io;
    if (engine.readyState === "closed") return;
    const closed = new Promise<void>((resolve) => {
      engine.once("close", () => resolve());
    });
    this.socket.close();
    engine.close();
    await closed;
  }
}

/** Runs the chat in this process, where the server is at hand. */
function startHere() {
  const io = createChat();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    handler: io.handler(servePage),
  });
  return {
    io,
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      await io.close();
      await server.shutdown();
    },
  };
}

/** Runs `deno task example`, which prints where it listens. */
async function startTask() {
  const process = new Deno.Command(Deno.execPath(), {
    // Port 0: any that is free.
    args: ["task", "--quiet", "example", "0"],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream());
  let printed = "";
  let url: string | undefined;
  for await (const chunk of lines) {
    printed += chunk;
    url = printed.match(/http:\S+(?=\n)/)?.[0];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error(`The example ended: ${printed}`);
  return {
    url,
    async [Symbol.asyncDispose](): Promise<void> {
      process.kill("SIGTERM");
      await process.status;
    },
  };
}
