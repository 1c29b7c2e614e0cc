import { type Page, relativeHref } from "./crawl.ts";
import { escapeHtml } from "./markdown.ts";

/** The guides in the order of the menu, by headline. */
export const MENU: readonly [headline: string, paths: readonly string[]][] = [
  ["Start", ["README.md", "docs/getting-started.md", "examples/README.md"]],
  ["Use", [
    "docs/events.md",
    "docs/rooms.md",
    "docs/namespaces.md",
    "docs/middlewares.md",
    "docs/recovery.md",
    "docs/frameworks.md",
    "docs/testing.md",
  ]],
  ["Run", [
    "docs/security.md",
    "docs/deploying.md",
    "docs/scaling.md",
    "docs/observing.md",
    "docs/admin-ui.md",
    "docs/reliability.md",
    "docs/performance.md",
    "docs/troubleshooting.md",
  ]],
  ["More", [
    "docs/migrating.md",
    "docs/architecture.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
  ]],
];

const NAME = "@deno-socketio/server";

/**
 * Puts a page into its frame.
 *
 * @param page The page.
 * @param pages All pages, for the menu.
 * @param entries What the package exports, such as "." and "./redis", for the menu.
 */
export function layOut(
  page: Page,
  pages: readonly Page[],
  entries: readonly string[],
): string {
  const href = (target: string) => relativeHref(page.href, target);
  const item = (path: string) => {
    const target = pages.find((each) => each.path === path);
    if (target === undefined) return "";
    const here = target === page ? ' aria-current="page"' : "";
    const title = path === "README.md" ? "Overview" : target.title;
    return `<li><a href="${href(target.href)}"${here}>${
      escapeHtml(title)
    }</a></li>`;
  };
  const menu = MENU.map(([headline, paths]) =>
    `<h2>${headline}</h2><ul>${paths.map(item).join("")}</ul>`
  );
  const references = entries.map((entry) =>
    `<li><a href="${
      href(`reference/${entry.slice(1)}/index.html`.replace("//", "/"))
    }">${entry === "." ? "server" : entry.slice(2)}</a></li>`
  );
  menu.push(`<h2>Reference</h2><ul>${references.join("")}</ul>`);
  const title = page.title === NAME ? NAME : `${page.title} · ${NAME}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${href("style.css")}">
<header>
  <a class="name" href="${href("index.html")}">${NAME}</a>
  <div>
    <a href="#menu">Menu</a>
    <a href="${href("reference/index.html")}">Reference</a>
  </div>
</header>
<nav id="menu" aria-label="Guides">
${menu.join("\n")}
</nav>
<main>
${page.html}
</main>
</html>
`;
}
