/**
 * Builds the documentation as a static site: the guides, and the reference by
 * `deno doc --html`.
 *
 *     deno task docs [folder]
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { crawl, type Files } from "./crawl.ts";
import { layOut } from "./layout.ts";

const ROOT = new URL("../../", import.meta.url);

/** The files of this checkout. */
export const CHECKOUT: Files = {
  kind(path) {
    try {
      return Deno.statSync(new URL(path, ROOT)).isDirectory ? "folder" : "file";
    } catch {
      return undefined;
    }
  },
  read: (path) => Deno.readTextFileSync(new URL(path, ROOT)),
  list: (path) =>
    Array.from(
      Deno.readDirSync(new URL(path, ROOT)),
      ({ name }) => `${path}/${name}`,
    ).sort(),
};

/** Writes the reference of modules. */
async function writeReference(
  folder: string,
  modules: readonly string[],
): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "doc",
      "--html",
      "--name=@deno-socketio/server",
      `--output=${folder}`,
      ...modules,
    ],
    cwd: ROOT,
    stdout: "null",
  }).spawn().status;
  if (!success) throw new Error("Cannot write the reference: deno doc failed");
  const style = new URL("reference.css", import.meta.url);
  await Deno.writeTextFile(
    `${folder}/styles.css`,
    await Deno.readTextFile(style),
    { append: true },
  );
}

if (import.meta.main) {
  const out = resolve(Deno.args[0] ?? "site");
  const { pages, assets, problems } = crawl("README.md", CHECKOUT);
  if (problems.length > 0) {
    console.error(problems.join("\n"));
    Deno.exit(1);
  }
  const { exports } = JSON.parse(CHECKOUT.read("deno.json")) as {
    exports: Record<string, string>; // by what users import
  };
  await Deno.mkdir(out, { recursive: true });
  for (const page of pages) {
    const path = `${out}/${page.href}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, layOut(page, pages, Object.keys(exports)));
  }
  for (const asset of assets) {
    await Deno.mkdir(dirname(`${out}/${asset}`), { recursive: true });
    await Deno.copyFile(new URL(asset, ROOT), `${out}/${asset}`);
  }
  await Deno.copyFile(
    new URL("style.css", import.meta.url),
    `${out}/style.css`,
  );
  await writeReference(`${out}/reference`, Object.values(exports));
  console.log(`${pages.length} pages and the reference are in ${out}`);
}
