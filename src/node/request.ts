import type { IncomingMessage } from "node:http";
import type { RequestInfo } from "../engine/mod.ts";

/**
 * Makes a web-standard request of one of Node's.
 *
 * @throws {TypeError} If its `Host` or another header cannot be one.
 */
export function toRequest(message: IncomingMessage): Request {
  const { method = "GET", url = "/", rawHeaders, socket } = message;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  }
  const scheme = "encrypted" in socket ? "https" : "http";
  const host = headers.get("host") ?? "localhost";
  return new Request(`${scheme}://${host}${url}`, {
    method,
    headers,
    ...(method === "GET" || method === "HEAD" ? {} : {
      // Who stops reading still wants to answer: the connection must not end with it.
      body: ReadableStream.from(message.iterator({ destroyOnReturn: false })),
    }),
  });
}

/** Tells where a request came from. */
export function infoOf({ socket }: IncomingMessage): RequestInfo {
  const { remoteAddress, remotePort = 0 } = socket;
  return remoteAddress === undefined ? {} : {
    remoteAddr: { transport: "tcp", hostname: remoteAddress, port: remotePort },
  };
}
