/**
 * Sends a file in chunks, and shows how much of it has been written.
 *
 *     deno run --allow-net --allow-env --allow-read examples/uploads/client.ts FILE
 *
 * @module
 */

import { io } from "socket.io-client";

/** What sends and waits for an answer: the official client, or one of a test. */
interface Uploader {
  // deno-lint-ignore no-explicit-any -- what the server answers
  emitWithAck(event: string, ...args: unknown[]): Promise<any>;
}

const CHUNK = 256 * 1024;
/** Chunks on their way at once, so that none waits for the answer to the one before. */
const IN_FLIGHT = 4;

/** Sends `file`, such as one of an `<input>`. Resolves with the name that it is kept under. */
export async function upload(
  socket: Uploader,
  file: Blob,
  onProgress: (written: number) => void = () => {},
): Promise<string> {
  const name = check(await socket.emitWithAck("upload", file.size));
  const answers: Promise<unknown>[] = [];
  for (let at = 0; at < file.size; at += CHUNK) {
    if (answers.length === IN_FLIGHT) onProgress(check(await answers.shift()));
    const bytes = await file.slice(at, at + CHUNK).bytes();
    answers.push(socket.emitWithAck("chunk", bytes));
  }
  for (const answer of answers) onProgress(check(await answer));
  return name;
}

/** Throws if the server has answered with an error. */
// deno-lint-ignore no-explicit-any -- as above
function check(answer: any): any {
  if (answer?.error !== undefined) throw new Error(answer.error.message);
  return answer;
}

if (import.meta.main) {
  const [path = "", url = "http://127.0.0.1:8000"] = Deno.args;
  const file = new Blob([await Deno.readFile(path)]);
  const socket = io(url);
  const name = await upload(socket, file, (written) => {
    console.log(`${Math.round(100 * written / file.size)} %`);
  });
  console.log(`Kept as ${name}`);
  socket.disconnect();
}
