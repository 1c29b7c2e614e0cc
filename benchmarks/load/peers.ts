import { fileURLToPath } from "node:url";
import { run } from "./process.ts";

/** What the peers need from npm. */
const PACKAGES = {
  dependencies: {
    "@socket.io/cluster-adapter": "0.3.0",
    "@socket.io/postgres-adapter": "0.5.0",
    "@socket.io/redis-adapter": "8.3.0",
    "@socket.io/redis-streams-adapter": "0.3.1",
    pg: "8.23.1",
    redis: "5.12.1",
    "socket.io": "4.8.4",
  },
  optionalDependencies: { "@socket.io/bun-engine": "0.1.2", bun: "1.4.5" },
};

const FOLDER = new URL("./out/peers/", import.meta.url);

/** The folder whose `node_modules` the peers' packages are in, as a path. */
export const PEERS_PATH: string = fileURLToPath(FOLDER);

/** Installs the peers' packages, unless they are there. */
export async function installPeers(): Promise<void> {
  const manifest = new URL("package.json", FOLDER);
  const wanted = JSON.stringify({ private: true, ...PACKAGES }, null, 2);
  if (await readText(manifest) === wanted) return;
  console.error(`installing the peers into ${PEERS_PATH}`);
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(manifest, wanted);
  const install = await run("npm", [
    "install",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
  ], FOLDER);
  if (install.ok) return;
  await Deno.remove(manifest);
  console.error(`npm install failed: ${install.stderr}`);
}

/**
 * Reads the version of an installed package.
 *
 * @param name The package.
 * @returns Its version, or `undefined` if it is not there.
 */
export async function peerVersion(name: string): Promise<string | undefined> {
  const file = new URL(`node_modules/${name}/package.json`, FOLDER);
  const text = await readText(file);
  return text && JSON.parse(text).version;
}

async function readText(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
