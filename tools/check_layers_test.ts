import { assertEquals } from "@std/assert";
import { type Dependency, findProblems, type Module } from "./check_layers.ts";

const ROOT = "file:///repository/";

/** A module whose imports are given as written, relative to the root. */
function module(file: string, ...imports: string[]): Module {
  const specifier = ROOT + file;
  return {
    specifier,
    dependencies: imports.map((target): Dependency => ({
      specifier: target,
      code: { specifier: new URL(target, specifier).href },
    })),
  };
}

/** The same, importing types only. */
function typeModule(file: string, ...imports: string[]): Module {
  const { specifier, dependencies = [] } = module(file, ...imports);
  return {
    specifier,
    dependencies: dependencies.map(({ specifier, code = {} }) => ({
      specifier,
      type: code,
    })),
  };
}

const cases: Record<string, [modules: Module[], problems: string[]]> = {
  "allows each layer those below it and the leaves": [[
    module("mod.ts", "./src/server/mod.ts", "./src/parser/mod.ts"),
    module("src/server/mod.ts", "../core/client.ts", "../listeners.ts"),
    module("src/core/client.ts", "../engine/mod.ts", "../adapter/mod.ts"),
    module("src/engine/mod.ts", "./transports/polling.ts"),
    module("src/engine/transports/polling.ts", "../../engine_parser/mod.ts"),
    module("src/engine_parser/mod.ts"),
    module("src/adapter/mod.ts", "../parser/mod.ts"),
    module("src/parser/mod.ts"),
    module("src/listeners.ts", "./diagnostics.ts"),
    module("src/diagnostics.ts"),
  ], []],
  "refuses an upward import": [
    [module("src/core/client.ts", "../server/socket.ts")],
    ['src/core/client.ts imports "../server/socket.ts": core may not import server'],
  ],
  "refuses an upward import of types": [
    [typeModule("src/engine/socket.ts", "../core/client.ts")],
    ['src/engine/socket.ts imports "../core/client.ts": engine may not import core'],
  ],
  "keeps engine and parser apart": [
    [module("src/parser/mod.ts", "../engine_parser/mod.ts")],
    ['src/parser/mod.ts imports "../engine_parser/mod.ts": parser may not import engine_parser'],
  ],
  "refuses a leaf that imports a layer": [
    [module("src/listeners.ts", "./parser/mod.ts")],
    ['src/listeners.ts imports "./parser/mod.ts": src may not import parser'],
  ],
  "refuses an import of mod.ts": [
    [module("src/server/mod.ts", "../../mod.ts")],
    ['src/server/mod.ts imports "../../mod.ts": server may not import mod.ts'],
  ],
  "accepts what of Node's is needed where it is": [
    [
      module("src/parallel/directory.ts", "node:worker_threads"),
      module("src/parallel/mesh.ts", "node:worker_threads"),
    ],
    ['src/parallel/mesh.ts imports "node:worker_threads": only relative paths are allowed'],
  ],
  "refuses what is not relative": [
    [module("src/core/client.ts", "npm:ws", "node:zlib")],
    [
      'src/core/client.ts imports "npm:ws": only relative paths are allowed',
      'src/core/client.ts imports "node:zlib": only relative paths are allowed',
    ],
  ],
  "refuses what is not published": [
    [module("mod.ts", "./tests/_support/environment.ts")],
    ['mod.ts imports "./tests/_support/environment.ts": it is not published'],
  ],
  "refuses a folder that it does not know": [
    [module("src/extras/mod.ts")],
    ["src/extras/mod.ts: the folder is no layer, add it to LAYERS"],
  ],
  "finds a cycle, types included, and not what only leads to it": [[
    module("src/parser/mod.ts", "./a.ts"),
    module("src/parser/a.ts", "./b.ts"),
    typeModule("src/parser/b.ts", "./c.ts"),
    module("src/parser/c.ts", "./a.ts"),
  ], [
    "Import cycle: src/parser/a.ts → src/parser/b.ts → src/parser/c.ts → src/parser/a.ts",
  ]],
  "passes on that a module is not there": [
    [{ specifier: `${ROOT}src/parser/a.ts`, error: "Module not found" }],
    ["src/parser/a.ts: Module not found"],
  ],
  "leaves what is not published alone": [
    [module("tests/a_test.ts", "npm:socket.io-client", "../mod.ts")],
    [],
  ],
};

for (const [claim, [modules, problems]] of Object.entries(cases)) {
  Deno.test(`findProblems() ${claim}`, () => {
    assertEquals(findProblems({ modules }, ROOT), problems);
  });
}
