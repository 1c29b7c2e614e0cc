/**
 * Takes files in chunks. Each is answered when it is on the disk, with how much of the
 * file is there: so a client knows its progress, and sends no faster than the disk writes.
 *
 *     deno run --allow-net=127.0.0.1 --allow-write=. examples/uploads/server.ts
 *
 * @module
 */

import { Server } from "@deno-socketio/server";

const MAX_FILE = 100 * 1024 * 1024;

/** Makes the server, which keeps files under names of its own in `folder`. */
export function createServer(folder: string) {
  const io = new Server(); // its maxHttpBufferSize bounds a chunk
  io.on("connection", (socket) => {
    let stop = () => {};
    socket.signal.addEventListener("abort", () => stop());

    socket.handle("upload", async (size: unknown) => {
      if (typeof size !== "number" || !(size > 0 && size <= MAX_FILE)) {
        throw new RangeError(`Send 1 to ${MAX_FILE} bytes`);
      }
      const name = crypto.randomUUID();
      const path = `${folder}/${name}`;
      const file = await Deno.open(path, { write: true, createNew: true });
      const writer = file.writable.getWriter(); // writes one chunk behind the other
      let sent = 0;
      let written = 0;
      const controller = new AbortController();
      stop(); // an upload before this one
      stop = () => {
        controller.abort();
        if (written === size) return;
        writer.abort().then(() => Deno.remove(path)).catch(() => {});
      };
      if (!socket.connected) stop();

      socket.handle("chunk", async (bytes: unknown) => {
        if (!(bytes instanceof Uint8Array) || (sent += bytes.length) > size) {
          stop();
          throw new TypeError("Send as many bytes as you announced");
        }
        await writer.write(bytes);
        written += bytes.length;
        if (written === size) await writer.close();
        return written;
      }, { signal: controller.signal });
      return name;
    });
  });
  return io;
}

if (import.meta.main) {
  Deno.serve({ hostname: "127.0.0.1" }, createServer(".").handler());
}
