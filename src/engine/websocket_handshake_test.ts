import { assertEquals } from "@std/assert";
import { readWebSocketHandshake } from "./websocket_handshake.ts";

/** A request for a WebSocket, with what is said of subprotocols. */
function requestWith(protocols: string | undefined): Request {
  const headers: Record<string, string> = {
    "sec-websocket-version": "13",
    "sec-websocket-key": "AQIDBAUGBwgJCgsMDQ4PEA==",
  };
  if (protocols !== undefined) headers["sec-websocket-protocol"] = protocols;
  return new Request("http://localhost/", { headers });
}

const chosen: Record<
  string,
  [protocols: string | undefined, protocol: string | undefined]
> = {
  "no subprotocol": [undefined, undefined],
  "one subprotocol": ["chat", "chat"],
  "the first of several": ["chat.v2,  chat.v1\t, x", "chat.v2"],
};
for (const [name, [protocols, protocol]] of Object.entries(chosen)) {
  Deno.test(`readWebSocketHandshake() chooses ${name}`, () => {
    assertEquals(readWebSocketHandshake(requestWith(protocols)), {
      idleTimeout: 0,
      ...(protocol === undefined ? {} : { protocol }),
    });
  });
}

const refused: Record<string, string> = {
  "an empty list": "",
  "an empty name": "chat,,x",
  "a name of two words": "chat room",
  "a name beyond ASCII": "ch\xe4t",
  // A pattern that tries each space anew would take an hour for these.
  "a million spaces in a name": `chat${" ".repeat(1_000_000)}x`,
  "a million commas": ",".repeat(1_000_000),
};
for (const [name, protocols] of Object.entries(refused)) {
  Deno.test(`readWebSocketHandshake() refuses ${name}`, () => {
    assertEquals(readWebSocketHandshake(requestWith(protocols)), undefined);
  });
}
