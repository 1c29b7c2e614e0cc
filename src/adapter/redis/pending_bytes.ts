/** Counts the bytes of messages that wait to be sent; a character of text counts as one. */
export class PendingBytes {
  /** How many there are. */
  count = 0;

  /** Counts so many until what is sent has been answered. */
  async until<Answer>(
    size: number,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    this.count += size;
    try {
      return await send();
    } finally {
      this.count -= size;
    }
  }
}
