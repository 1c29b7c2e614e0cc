import GithubSlugger from "github-slugger";
// @ts-types="./highlight.d.ts"
import hljs from "highlight.js";
import { Marked, type Tokens } from "marked";

/** A page made of Markdown. */
export interface MarkdownPage {
  /** Its first heading. */
  readonly title: string;
  /** What is in its `<main>`. */
  readonly html: string;
  /** What links may point to behind `#`. */
  readonly anchors: ReadonlySet<string>;
  /** The links and pictures in it, as they are written. */
  readonly links: readonly string[];
}

/**
 * Turns Markdown into HTML, with the anchors that GitHub gives headings.
 *
 * @param text The Markdown.
 * @param toHref Rewrites a link.
 */
export function renderMarkdown(
  text: string,
  toHref: (link: string) => string,
): MarkdownPage {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: string[] = [];
  let title: string | undefined;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        title ??= text.replaceAll("`", "");
        const anchor = slugger.slug(text);
        anchors.add(anchor);
        const content = this.parser.parseInline(tokens);
        return `<h${depth} id="${anchor}"><a href="#${anchor}">${content}</a></h${depth}>\n`;
      },
      code({ text, lang }: Tokens.Code): string {
        return highlight(text, lang?.split(" ")[0]);
      },
      table(token: Tokens.Table): string {
        const row = (cells: string) => `<tr>${cells}</tr>`;
        const cell = (tag: string, { tokens, align }: Tokens.TableCell) =>
          `<${tag}${align ? ` class="${align}"` : ""}>${
            this.parser.parseInline(tokens)
          }</${tag}>`;
        const head = row(token.header.map((each) => cell("th", each)).join(""));
        const body = token.rows.map((cells) =>
          row(cells.map((each) => cell("td", each)).join(""))
        );
        return `<div class="table"><table><thead>${head}</thead><tbody>${
          body.join("")
        }</tbody></table></div>\n`;
      },
    },
    walkTokens(token) {
      if (token.type !== "link" && token.type !== "image") return;
      links.push(token.href);
      token.href = toHref(token.href);
    },
  });
  const html = marked.parse(text, { async: false });
  return { title: title ?? "", html, anchors, links };
}

/** Turns source code into HTML; of an unknown language, as it is. */
export function highlight(code: string, language: string | undefined): string {
  const html = language !== undefined && hljs.getLanguage(language)
    ? hljs.highlight(code, { language }).value
    : escapeHtml(code);
  return `<pre><code class="hljs">${html}</code></pre>\n`;
}

/** Makes text of what is not to be markup. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
