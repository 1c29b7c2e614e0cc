import { assertEquals, assertInstanceOf } from "@std/assert";
import { type ErrorCode, HandshakeError } from "./errors.ts";

const answers: [code: ErrorCode, message: string, status: number][] = [
  [0, "Transport unknown", 400],
  [1, "Session ID unknown", 400],
  [2, "Bad handshake method", 400],
  [3, "Bad request", 400],
  [4, "Forbidden", 403],
  [5, "Unsupported protocol version", 400],
];

for (const [code, message, status] of answers) {
  Deno.test(`HandshakeError ${code} says "${message}"`, async () => {
    const error = new HandshakeError(code);
    assertInstanceOf(error, Error);
    assertEquals(
      [error.name, error.code, error.message, error.status, error.context],
      ["HandshakeError", code, message, status, {}],
    );
    const response = error.toResponse(false);
    assertEquals(response.status, status);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(await response.json(), { code, message });
  });

  Deno.test(`HandshakeError ${code} answers who asked for a WebSocket with text`, async () => {
    const response = new HandshakeError(code).toResponse(true);
    assertEquals(response.status, 400);
    assertEquals(response.headers.get("content-type"), "text/html");
    assertEquals(await response.text(), message);
  });
}

Deno.test("HandshakeError tells the client the context's message", async () => {
  const context = { message: "no thanks €" };
  const error = new HandshakeError(4, context);
  assertEquals(error.context, context);
  assertEquals(await error.toResponse(false).json(), {
    code: 4,
    message: "no thanks €",
  });
  assertEquals(await error.toResponse(true).text(), "no thanks €");
});

Deno.test("HandshakeError does not tell a message that is no text", async () => {
  const error = new HandshakeError(4, { message: { toString: 1 } });
  assertEquals(await error.toResponse(true).text(), "Forbidden");
});
