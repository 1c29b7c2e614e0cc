/** The Admin UI itself, as npm has it, in a browser. */

import { assert, assertEquals } from "@std/assert";
import { next, Visitors } from "../_support/clients.ts";
import { launchChromium, requires } from "../_support/environment.ts";
import { startExample } from "../_support/example.ts";

Deno.test(
  requires(
    { chromium: true },
    "examples/admin.ts lets the Admin UI see and rule a server",
    async () => {
      await using example = await startExample([
        "run",
        "--no-lock",
        "--allow-net=127.0.0.1",
        "--allow-read",
        "examples/admin.ts",
        "0",
        "secret",
      ]);
      const { url } = example;
      await using visitors = new Visitors();
      const client = await visitors.connect("4.8.4", "upgrade", url);
      await using browser = await launchChromium();
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(url);

      const logIn = page.getByRole("button", { name: "Connect" });
      await page.getByLabel("Server URL").fill(url);
      await page.getByLabel("Username").fill("admin");
      await page.getByLabel("Password").fill("guess");
      await logIn.click();
      await page.getByText("Invalid credentials").waitFor();
      await page.getByLabel("Password").fill("secret");
      await logIn.click();
      await logIn.waitFor({ state: "hidden" });

      /** Opens a page of the menu. */
      const open = (name: string) =>
        page.getByRole("link", { name, exact: true }).click();
      /** The row of a table that has all of these texts. */
      const row = (...texts: string[]) =>
        texts.reduce(
          (rows, hasText) => rows.filter({ hasText }),
          page.getByRole("row"),
        ).first();

      await open("Servers");
      await row("Healthy").waitFor();
      await open("Rooms");
      await row("lobby").waitFor();
      const said = next(client, "said");
      client.emit("say", "hello");
      assertEquals(await said, ["hello"]);
      await open("Events");
      await row(`${client.id}`, "Event received", "say").waitFor();
      await row(`${client.id}`, "Event sent", "said").waitFor();

      await open("Sockets");
      await row(`${client.id}`, "WebSocket").click();
      await page.getByText('"since"').waitFor();
      await page.getByLabel("Join a room").fill("vip");
      await page.locator("form button[type=submit]").first().click();
      await row("vip").waitFor();
      await row("lobby").getByRole("button").click();
      await open("Events");
      await row(`${client.id}`, "Room left", "lobby").waitFor();

      const gone = next(client, "disconnect");
      await open("Sockets");
      await row(`${client.id}`, "WebSocket").click();
      await row("Status", "Connected").getByRole("button").click();
      assertEquals((await gone)[0], "io server disconnect");
      await page.getByText("Disconnected").first().waitFor();

      await page.reload(); // the session lets in again
      await page.getByText("Connected").first().waitFor();
      assert(await logIn.isHidden());
      assertEquals(errors, []);
    },
  ),
);
