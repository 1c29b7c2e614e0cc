/** The files of the page. Run by itself, prints where the client's are. */

import { fileURLToPath } from "node:url";
// Makes sure that the package is there before its folder is asked for.
import "socket.io-client/package.json" with { type: "json" };

/** The folder of the official client's bundles for browsers. */
export const CLIENT_FOLDER = new URL(
  "dist/",
  import.meta.resolve("socket.io-client/package.json"),
);

const FILES = new Map([
  ["/", { name: "index.html", type: "text/html; charset=utf-8" }],
  ["/style.css", { name: "style.css", type: "text/css; charset=utf-8" }],
  ["/chat.js", { name: "chat.js", type: "text/javascript; charset=utf-8" }],
  ["/view.js", { name: "view.js", type: "text/javascript; charset=utf-8" }],
]);

/** Answers with one of the files, by name, so that no path leads elsewhere. */
export async function servePage(request: Request): Promise<Response> {
  const file = FILES.get(new URL(request.url).pathname);
  if (file === undefined) return new Response("Not found", { status: 404 });
  const body = await Deno.readFile(
    new URL(`public/${file.name}`, import.meta.url),
  );
  return new Response(body, { headers: { "content-type": file.type } });
}

if (import.meta.main) console.log(fileURLToPath(CLIENT_FOLDER));
