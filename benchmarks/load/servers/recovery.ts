// This project's server for recovery.ts: on SIGUSR2 it broadcasts at a fixed rate
// by itself, until its code is warm and then for as long as it is told, and prints
// what the latter took.
import process from "node:process";
import { Server } from "../../../mod.ts";
import { serve } from "./serve.ts";

const RATE = 10_000;
/** Milliseconds between two slices of broadcasts. */
const SLICE = 5;
const WARM_SECONDS = 12; // the log is full after ten
const SECONDS = 10;

const io = new Server(
  process.env.RECOVERY === "on" ? { connectionStateRecovery: {} } : {},
);

/** Broadcasts for a while, as many as are due by the clock. */
async function broadcast(seconds: number): Promise<void> {
  const text = "x".repeat(100);
  const start = performance.now();
  for (let sent = 0; sent < RATE * seconds;) {
    const due = (performance.now() - start) / 1_000 * RATE;
    for (; sent < due; sent++) io.emit("news", text);
    await new Promise((resolve) => setTimeout(resolve, SLICE));
  }
}

Deno.addSignalListener("SIGUSR2", async () => {
  await broadcast(WARM_SECONDS);
  const before = process.cpuUsage();
  await broadcast(SECONDS);
  const { user, system } = process.cpuUsage(before);
  const { heapUsed, rss } = Deno.memoryUsage();
  const cpu = (user + system) / (RATE * SECONDS);
  console.log(JSON.stringify({ cpu, heapUsed, rss }));
});

serve(io);
