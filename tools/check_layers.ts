/**
 * Checks what the published modules import, types included: only each other,
 * by relative paths, only lower layers, and never in a circle.
 *
 * @module
 */

/** The part of the output of `deno info --json` that counts here. */
export interface ModuleGraph {
  readonly modules: readonly Module[];
}

/** One module of a graph. */
export interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly Dependency[];
}

/** One import: as it is written, and where its code or its types lead. */
export interface Dependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
}

/**
 * What each layer may import besides itself and the files right in `src/`,
 * which are open to all. A layer is a folder of `src/`, or `mod.ts`.
 */
const LAYERS = new Map<string, readonly string[]>([
  ["src", []],
  ["engine_parser", []],
  ["engine", ["engine_parser"]],
  ["parser", []],
  ["adapter", ["parser"]],
  ["metrics", []],
  ["core", ["engine_parser", "engine", "parser", "adapter", "metrics"]],
  ["parallel", ["engine_parser", "engine", "parser", "adapter"]],
  ["server", [
    "engine_parser",
    "engine",
    "parser",
    "adapter",
    "core",
    "parallel",
    "metrics",
  ]],
  ["emitter", ["parser", "adapter", "server"]],
  ["observe", ["metrics"]],
  ["node", ["engine_parser", "engine"]],
  ["admin", ["engine", "parser", "core", "metrics", "server"]],
  ["testing", [
    "engine_parser",
    "engine",
    "parser",
    "adapter",
    "core",
    "parallel",
    "server",
  ]],
  ["mod.ts", [
    "engine_parser",
    "engine",
    "parser",
    "adapter",
    "core",
    "parallel",
    "metrics",
    "server",
  ]],
]);

/** What Deno brings of Node's, and which files need it since nothing else offers it. */
const BUILT_IN = new Map<string, readonly string[]>([
  ["src/parallel/directory.ts", ["node:timers", "node:worker_threads"]],
  // Types alone, of what an application brings along.
  ["src/node/attach.ts", ["node:http", "node:https", "node:stream"]],
  ["src/node/http.ts", ["node:http"]],
  ["src/node/request.ts", ["node:http"]],
  ["src/node/upgrade.ts", ["node:http", "node:net", "node:stream"]],
]);

/**
 * Lists what is wrong with the imports of the published modules.
 *
 * @param graph The modules.
 * @param root The URL of the repository, with a slash at its end.
 * @returns A line for each problem.
 */
export function findProblems(graph: ModuleGraph, root: string): string[] {
  const problems: string[] = [];
  const imports = new Map<string, string[]>();
  for (const { specifier, error, dependencies = [] } of graph.modules) {
    const file = specifier.replace(root, "");
    if (!isPublished(file)) continue;
    if (error !== undefined) problems.push(`${file}: ${error}`);
    if (!LAYERS.has(layerOf(file))) {
      problems.push(`${file}: the folder is no layer, add it to LAYERS`);
      continue;
    }
    const targets: string[] = [];
    for (const { specifier, code, type } of dependencies) {
      for (const resolved of new Set([code?.specifier, type?.specifier])) {
        if (resolved === undefined) continue;
        if (BUILT_IN.get(file)?.includes(specifier)) continue;
        const target = resolved.replace(root, "");
        const problem = findProblem(file, specifier, target);
        if (problem === undefined) targets.push(target);
        else problems.push(`${file} imports "${specifier}": ${problem}`);
      }
    }
    imports.set(file, targets);
  }
  for (const cycle of findCycles(imports)) {
    problems.push(`Import cycle: ${cycle.join(" → ")}`);
  }
  return problems;
}

function isPublished(file: string): boolean {
  return file === "mod.ts" || file.startsWith("src/");
}

function layerOf(file: string): string {
  const [first = "", folder = "", ...rest] = file.split("/");
  return rest.length > 0 ? folder : first;
}

function findProblem(
  file: string,
  specifier: string,
  target: string,
): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return "only relative paths are allowed";
  if (!isPublished(target)) return "it is not published";
  const [from, to] = [layerOf(file), layerOf(target)];
  if (from === to || to === "src" || LAYERS.get(from)?.includes(to)) return;
  return `${from} may not import ${to}`;
}

/** Yields each circle once, from the file where the search met it. */
function* findCycles(
  imports: ReadonlyMap<string, readonly string[]>,
): Generator<string[]> {
  const done = new Set<string>();
  const path: string[] = [];

  function* visit(file: string): Generator<string[]> {
    const start = path.indexOf(file);
    if (start >= 0) yield [...path.slice(start), file];
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of imports.get(file) ?? []) yield* visit(target);
    path.pop();
    done.add(file);
  }

  for (const file of imports.keys()) yield* visit(file);
}

/** The graph below `mod.ts` and all of `src/`, whether reached or not. */
async function readGraph(root: URL): Promise<ModuleGraph> {
  const modules = new Map<string, Module>();
  for (const file of ["mod.ts", ...listSources(root, "src/")]) {
    const entry = new URL(file, root).href;
    if (modules.has(entry)) continue;
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      { args: ["info", "--json", entry] },
    ).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    // The format of `deno info --json`, as far as ModuleGraph describes it.
    const graph = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
    for (const module of graph.modules) modules.set(module.specifier, module);
  }
  return { modules: [...modules.values()] };
}

function* listSources(root: URL, folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, root))) {
    const path = folder + entry.name;
    if (entry.isDirectory) yield* listSources(root, `${path}/`);
    else if (/\.ts$/.test(path) && !/_(test|bench)\.ts$/.test(path)) yield path;
  }
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const graph = await readGraph(root);
  const problems = findProblems(graph, root.href);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exit(1);
}
