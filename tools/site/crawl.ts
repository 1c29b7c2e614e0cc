import { extname, join, normalize } from "node:path/posix";
import { escapeHtml, highlight, renderMarkdown } from "./markdown.ts";

/** What is at a path of the repository. */
export interface Files {
  /** Whether it is a file, a folder or nothing. */
  kind(path: string): "file" | "folder" | undefined;
  /** Reads a text. */
  read(path: string): string;
  /** Lists the paths of what is in a folder. */
  list(path: string): readonly string[];
}

/** A page of the site. */
export interface Page {
  /** Where it comes from, in the repository. */
  readonly path: string;
  /** Where it goes, on the site. */
  readonly href: string;
  readonly title: string;
  /** What is in its `<main>`. */
  readonly html: string;
}

/** What can be reached from one page. */
export interface Site {
  readonly pages: readonly Page[];
  /** Files to be copied as they are. */
  readonly assets: readonly string[];
  /** What is wrong with links: none of them leads to nothing. */
  readonly problems: readonly string[];
}

const PICTURES = new Set([".png", ".jpg", ".svg", ".gif"]);

interface Link {
  readonly from: string;
  readonly path: string;
  readonly anchor: string;
}

/**
 * Follows links from one page of a repository to all that they lead to: Markdown,
 * source code, folders and pictures.
 *
 * @param start The path of the first page.
 * @param files The repository.
 */
export function crawl(start: string, files: Files): Site {
  const pages = new Map<string, Page>();
  const anchors = new Map<string, ReadonlySet<string>>();
  const assets = new Set<string>();
  const problems: string[] = [];
  const links: Link[] = [];
  const waiting = [start];
  const home = start;

  const visit = (path: string) => {
    const href = hrefOf(path, home, files);
    const relative = (target: string) => relativeHref(href, target);
    const follow = (written: string): string => {
      if (/^[a-z]+:/.test(written)) return written;
      const [target = "", anchor = ""] = written.split("#");
      const found = target === "" ? path : join(path, "..", decodeURI(target));
      links.push({ from: path, path: trimSlash(found), anchor });
      waiting.push(trimSlash(found));
      const to = relative(hrefOf(trimSlash(found), home, files));
      return anchor === "" ? to : `${to}#${anchor}`;
    };
    if (files.kind(path) === "folder") {
      const html = listing(path, files, follow);
      pages.set(path, { path, href, title: path, html });
    } else if (PICTURES.has(extname(path))) {
      assets.add(path);
    } else if (extname(path) === ".md") {
      const page = renderMarkdown(files.read(path), follow);
      anchors.set(path, page.anchors);
      pages.set(path, { path, href, title: page.title, html: page.html });
    } else {
      const html = `<h1>${escapeHtml(path)}</h1>` +
        highlight(files.read(path), extname(path).slice(1) || "bash");
      pages.set(path, { path, href, title: path, html });
    }
  };

  for (const path of waiting) { // which grows meanwhile
    if (pages.has(path) || assets.has(path)) continue;
    if (files.kind(path) !== undefined) visit(path);
  }
  for (const { from, path, anchor } of links) {
    if (files.kind(path) === undefined || path.startsWith("..")) {
      problems.push(`${from}: there is no ${path}`);
    } else if (anchor !== "" && anchors.get(path)?.has(anchor) === false) {
      problems.push(`${from}: ${path} has no #${anchor}`);
    }
  }
  return { pages: [...pages.values()], assets: [...assets], problems };
}

function trimSlash(path: string): string {
  return normalize(path).replace(/\/$/, "");
}

/** Where a path of the repository is on the site. */
function hrefOf(path: string, home: string, files: Files): string {
  if (path === home) return "index.html";
  if (PICTURES.has(extname(path))) return path;
  if (files.kind(path) === "folder") return `${path}/index.html`;
  return extname(path) === ".md"
    ? path.replace(/\.md$/, ".html")
    : `${path}.html`;
}

/** A link from one page of the site to another. */
export function relativeHref(from: string, to: string): string {
  const depth = from.split("/").length - 1;
  return "../".repeat(depth) + to;
}

function listing(
  path: string,
  files: Files,
  follow: (link: string) => string,
): string {
  const name = path.split("/").at(-1);
  const items = files.list(path).map((each) => {
    const inner = each.slice(path.length + 1);
    return `<li><a href="${follow(`${name}/${inner}`)}">${
      escapeHtml(inner)
    }</a></li>`;
  });
  return `<h1>${escapeHtml(path)}</h1><ul>${items.join("")}</ul>`;
}
