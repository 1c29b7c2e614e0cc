// This project's server as one of $WORKERS workers of `deno serve --parallel`. Prints
// $PORT when all have found each other.
import { Server } from "../../../mod.ts";
import { options } from "./application.js";
import { apply } from "./serve.ts";

const count = Number(Deno.env.get("WORKERS"));
const io = new Server({ ...options, parallel: true });
apply(io);

const timer = setInterval(async () => {
  if (await io.of("/").adapter.serverCount() < count) return;
  clearInterval(timer);
  console.log(Deno.env.get("PORT"));
}, 50);

export default { fetch: io.handler() };
