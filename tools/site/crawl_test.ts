import { assertEquals, assertMatch } from "@std/assert";
import { crawl, type Files } from "./crawl.ts";
import { layOut, MENU } from "./layout.ts";
import { CHECKOUT } from "./main.ts";

/** A repository of texts by path; a path that ends with a slash is a folder. */
function repository(texts: Record<string, string>): Files {
  return {
    kind: (path) =>
      texts[path] !== undefined
        ? "file"
        : texts[`${path}/`] !== undefined
        ? "folder"
        : undefined,
    read: (path) => texts[path]!,
    list: (path) =>
      Object.keys(texts).filter((each) =>
        each.startsWith(`${path}/`) && each !== `${path}/`
      ),
  };
}

Deno.test("crawl() follows links to pages, code, folders and pictures", () => {
  const { pages, assets, problems } = crawl(
    "README.md",
    repository({
      "README.md": "# A\n[b](docs/b.md#c-d) ![p](docs/p.png) [x](https://x/y)",
      "docs/b.md": "# B\n## C `d`\n[home](../README.md) [e](../examples/)",
      "docs/p.png": "",
      "examples/": "",
      "examples/e.ts": "const a = 1 < 2;",
      "unseen.md": "# Nobody links to it",
    }),
  );
  assertEquals(problems, []);
  assertEquals(assets, ["docs/p.png"]);
  assertEquals(pages.map(({ href, title }) => [href, title]), [
    ["index.html", "A"],
    ["docs/b.html", "B"],
    ["examples/index.html", "examples"],
    ["examples/e.ts.html", "examples/e.ts"],
  ]);
  const [home, guide, , code] = pages.map(({ html }) => html);
  assertMatch(home!, /href="docs\/b\.html#c-d"/);
  assertMatch(home!, /href="https:\/\/x\/y"/);
  assertMatch(guide!, /href="\.\.\/index\.html"/);
  assertMatch(guide!, /<h2 id="c-d">/);
  assertMatch(code!, /&lt;/);
});

Deno.test("crawl() tells of links that lead to nothing", () => {
  const { problems } = crawl(
    "README.md",
    repository({
      "README.md": "# A\n[b](b.md) [c](c.md#nowhere) [d](../d.md) [e](#a)",
      "c.md": "# C",
      "../d.md": "# Outside",
    }),
  );
  assertEquals(problems, [
    "README.md: there is no b.md",
    "README.md: c.md has no #nowhere",
    "README.md: there is no ../d.md",
  ]);
});

Deno.test("all links of the documentation lead somewhere", () => {
  const { pages, problems } = crawl("README.md", CHECKOUT);
  assertEquals(problems, []);
  const paths = new Set(pages.map(({ path }) => path));
  const guides = Array.from(Deno.readDirSync("docs"), ({ name }) => name)
    .filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const listed = new Set(MENU.flatMap(([, each]) => each));
  assertEquals(guides.filter((path) => !listed.has(path)), []);
  assertEquals(guides.filter((path) => !paths.has(path)), []);
  assertEquals([...listed].filter((path) => !paths.has(path)), []);
  for (const page of pages) {
    assertMatch(layOut(page, pages, ["."]), /^<!doctype html>/);
  }
});

Deno.test("layOut() links to the reference of each entry", () => {
  const page = { path: "docs/b.md", href: "docs/b.html", title: "B", html: "" };
  const html = layOut(page, [page], [".", "./redis"]);
  assertMatch(html, /href="\.\.\/reference\/index\.html">server</);
  assertMatch(html, /href="\.\.\/reference\/redis\/index\.html">redis</);
});
