import type { RedisDriver } from "./driver.ts";

/**
 * Does what needs a connection to Redis; if it fails, again with the next one.
 *
 * @param driver Whose connection.
 * @param closed Resolves when it is to be done no more.
 * @param isWanted Whether it is still to be done.
 * @param attempt Does it.
 * @param onError Hears why it failed, each time.
 */
export async function doWhenReady(
  driver: RedisDriver,
  closed: Promise<void>,
  isWanted: () => boolean,
  attempt: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (isWanted()) {
    const ready = driver.nextReady();
    try {
      await Promise.race([closed, attempt()]);
      return;
    } catch (error) {
      if (!isWanted()) return;
      onError(error);
      await Promise.race([closed, ready]);
    }
  }
}

/**
 * Counts who listens to a channel.
 *
 * @param pub Asks.
 * @param question What Redis counts: `NUMSUB`, or `SHARDNUMSUB` for a sharded channel.
 * @param channel The channel.
 * @param here How many listeners there are here, which Redis counts as one.
 * @throws {Error} If Redis cannot tell.
 */
export async function countListeners(
  pub: RedisDriver,
  question: "NUMSUB" | "SHARDNUMSUB",
  channel: string,
  here: number,
): Promise<number> {
  const reply = await pub.command("PUBSUB", question, channel);
  const connections = Number(Array.isArray(reply) ? reply[1] : undefined);
  if (!Number.isSafeInteger(connections)) {
    throw new Error("Cannot count the servers: Redis gave no number");
  }
  return connections + Math.max(0, here - 1);
}
