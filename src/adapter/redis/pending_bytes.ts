/** Counts the bytes of messages that wait to be sent; a character of text counts as one. */
export class PendingBytes {
  /** How many there are. */
  count = 0;

  /** Counts so many until what is sent has been answered. */
  until<Answer>(
    size: number,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    this.count += size;
    const settle = () => {
      this.count -= size;
    };
    try {
      // No promise more than there is: this is done for every message.
      const answer = send();
      answer.then(settle, settle);
      return answer;
    } catch (error) {
      settle();
      return Promise.reject(error);
    }
  }
}
