// This project's server; what is observed is named by arguments.
import { Server } from "../../../mod.ts";
import { options } from "./application.js";
import { apply, serve } from "./serve.ts";

const io = new Server({
  ...options,
  metrics: Deno.args.includes("metrics"),
});
apply(io);
serve(io);
