/**
 * Runs all tests with the oldest Deno that is supported, on a copy: it does not
 * know all of our configuration. Arguments go on to `deno test`.
 *
 * @module
 */

import { dirname, join } from "node:path";

/** The last of the oldest minor version. */
const VERSION = "2.5.7";

const ROOT = new URL("../", import.meta.url);

/** Whose samples are of what takes a later one. */
const LATER = ["docs/frameworks.md", "docs/scaling.md", "src/node/mod.ts"];

const folder = await Deno.makeTempDir({ prefix: "oldest" });
try {
  await copyTo(folder);
  await adaptConfiguration(join(folder, "deno.json"));
  // By itself: after a check of types it looks for npm packages where they are not.
  const code = await test("--no-run");
  Deno.exitCode = code || await test("--no-check");
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Copies the files that belong to the repository, or soon will. */
async function copyTo(folder: string): Promise<void> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot list the files of the repository");
  const names = new TextDecoder().decode(stdout).split("\0");
  for (const name of new Set(names.filter((name) => name !== ""))) {
    const file = join(folder, name);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.copyFile(new URL(encodeURI(name), ROOT), file);
  }
}

/** Removes what the oldest Deno refuses; its sanitizers are on anyway. */
async function adaptConfiguration(file: string): Promise<void> {
  const { test: _, ...rest } = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify(rest));
}

/** Runs the tests, and returns the exit code. */
async function test(how: string): Promise<number> {
  const { code } = await new Deno.Command("npx", {
    args: [
      "-y",
      `deno@${VERSION}`,
      "test",
      "--doc",
      "--parallel",
      "--allow-all",
      "--v8-flags=--expose-gc",
      `--ignore=${LATER}`,
      how,
      ...Deno.args,
    ],
    cwd: folder,
    // npm trusts whom the machine trusts, and so must who looks into npm's registry.
    env: { DENO_TLS_CA_STORE: "mozilla,system" },
  }).spawn().status;
  return code;
}
