/** A subprotocol's name, of the characters that HTTP allows in a token. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Tells whether a request asks for a WebSocket. */
export function isWebSocketRequest({ headers }: Request): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Checks a request for a WebSocket as far as Deno does not: the protocol's version, a
 * key of 16 bytes, the names of subprotocols.
 *
 * @returns The options to accept it with; `undefined` if it is to be refused.
 */
export function readWebSocketHandshake(
  { headers }: Request,
): Deno.UpgradeWebSocketOptions | undefined {
  if (
    headers.get("sec-websocket-version") !== "13" ||
    !/^[\da-z+/]{22}==$/i.test(headers.get("sec-websocket-key") ?? "")
  ) return undefined;
  const idleTimeout = 0; // the heartbeat is ours
  const protocols = headers.get("sec-websocket-protocol");
  if (protocols === null) return { idleTimeout };
  // Not by a pattern: one that skips spaces takes seconds for a header full of them.
  const names = protocols.split(",").map((name) => name.trim());
  const [protocol] = names;
  return protocol !== undefined && names.every((name) => TOKEN.test(name))
    ? { idleTimeout, protocol }
    : undefined;
}
