import type { IncomingMessage, ServerResponse } from "node:http";
import type { Handler } from "../engine/mod.ts";
import { infoOf, toRequest } from "./request.ts";

/** Answers a request of Node's. It never rejects. */
export async function answerRequest(
  handler: Handler,
  message: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  answer.on("close", () => gone.abort());
  answer.on("error", ignore);
  message.on("error", ignore); // whoever reads it hears of it
  try {
    const response = await handler(toRequest(message), infoOf(message));
    if (!message.complete) answer.setHeader("connection", "close"); // nobody reads on
    await send(response, answer, gone.signal);
  } catch {
    // What is not HTTP, or a connection that has gone meanwhile.
    if (!answer.headersSent) answer.statusCode = 400;
    answer.end();
  }
}

async function send(
  { status, headers, body }: Response,
  answer: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  answer.statusCode = status;
  for (const [name, value] of headers) answer.appendHeader(name, value);
  if (body === null) return void answer.end();
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(ignore);
  if (gone.aborted) return cancel();
  gone.addEventListener("abort", cancel);
  let { value, done } = await reader.read();
  while (!done) {
    const next = await reader.read();
    if (next.done) break; // the last chunk leaves with its length, if it is the only one
    answer.write(value);
    ({ value, done } = next);
  }
  answer.end(value);
}

function ignore(): void {}
