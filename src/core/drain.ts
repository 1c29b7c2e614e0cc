import type { Client } from "./client.ts";
import type { NamespaceCore } from "./namespace_core.ts";
import type { SocketCore } from "./socket_core.ts";

/** How clients are moved away. */
export interface DrainSettings {
  /** Milliseconds until all are told to go, whatever they wait for. */
  readonly timeout: number;
  /** How many are told at once. */
  readonly batch: number;
  /** Milliseconds to wait between two batches, at the most: by chance. */
  readonly jitter: number;
}

/** Milliseconds between two looks at what is still waited for. */
const LOOK_EVERY = 20;

/**
 * Closes the connections of all clients, some at a time: each finds another server,
 * where its session goes on if that can be.
 *
 * A client whose acknowledgements are waited for is not closed before they are there,
 * or time is up. Others are not kept waiting by it.
 *
 * @returns A promise that resolves when no client is left, or time is up.
 */
export async function drain(
  namespaces: ReadonlyMap<string, NamespaceCore>,
  { timeout, batch, jitter }: DrainSettings,
): Promise<void> {
  const end = Date.now() + timeout;
  const timeLeft = () => end - Date.now();
  for (
    let clients = listClients(namespaces);
    clients.size > 0;
    clients = listClients(namespaces)
  ) {
    const all = [...clients];
    const isLate = timeLeft() <= 0;
    const wave = isLate ? all : all.filter(isIdle).slice(0, batch);
    for (const [client] of wave) client.conn.close();
    if (isLate) return;
    const waves = Math.ceil((all.length - wave.length) / batch);
    if (wave.length === 0) await until(() => all.some(isIdle), timeLeft());
    else if (waves === 0) await until(() => wave.every(isGone), timeLeft());
    else await pause(Math.min(jitter * Math.random(), timeLeft() / waves));
  }
}

/** The clients that are still to be told, with their sockets. */
function listClients(
  namespaces: ReadonlyMap<string, NamespaceCore>,
): Map<Client, SocketCore[]> {
  const clients = new Map<Client, SocketCore[]>();
  for (const { sockets } of namespaces.values()) {
    for (const socket of sockets.values()) {
      const { client } = socket;
      if (client.conn.readyState !== "open") continue;
      const others = clients.get(client);
      if (others === undefined) clients.set(client, [socket]);
      else others.push(socket);
    }
  }
  return clients;
}

function isIdle(
  [, sockets]: readonly [Client, readonly SocketCore[]],
): boolean {
  return sockets.every(({ pendingAcks }) => pendingAcks === 0);
}

function isGone([{ conn }]: readonly [Client, unknown]): boolean {
  return conn.readyState === "closed";
}

/** Waits until something holds, or so many milliseconds. */
async function until(
  holds: () => boolean,
  milliseconds: number,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!holds() && Date.now() < end) {
    await pause(Math.min(LOOK_EVERY, end - Date.now()));
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, Math.max(milliseconds, 0))
  );
}
