/** What publishes. */
interface Publisher {
  /** Bytes of messages that wait to be sent; a character of text counts as one. */
  readonly pendingBytes: number;
  /** Sends a message. */
  publish(channel: string, message: string | Uint8Array): Promise<unknown>;
}

/** Publishes a message. Rejects if more than so many bytes would wait for Redis, too. */
export function publishWithin(
  maxPendingBytes: number,
  publisher: Publisher,
  channel: string,
  message: string | Uint8Array,
): Promise<unknown> {
  if (publisher.pendingBytes + message.length <= maxPendingBytes) {
    return publisher.publish(channel, message);
  }
  return Promise.reject(
    new Error(
      `Cannot publish to Redis: more than ${maxPendingBytes} bytes would wait for it`,
    ),
  );
}
