import { within } from "./within.ts";

/** A WebSocket whose messages wait in a queue. */
export class WireSocket implements AsyncDisposable {
  /** Settles when the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #messages: (string | Uint8Array)[] = [];
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.#messages.push(
        typeof data === "string" ? data : new Uint8Array(data),
      );
      this.#wake();
    };
    const { promise, resolve } = Promise.withResolvers<
      { code: number; reason: string }
    >();
    socket.onclose = ({ code, reason }) => {
      this.#ended = true;
      this.#wake();
      resolve({ code, reason });
    };
    this.closed = promise;
  }

  /**
   * Opens a connection.
   *
   * @throws {Error} If the server refuses it.
   */
  static async open(url: string): Promise<WireSocket> {
    const socket = new WebSocket(url.replace(/^http/, "ws"));
    const wire = new WireSocket(socket);
    const opened = new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => {
        if (socket.readyState === WebSocket.OPEN) return;
        const message = event instanceof ErrorEvent ? event.message : "refused";
        reject(new Error(`Cannot open ${url}: ${message}`));
      };
    });
    await within(opened, `a WebSocket at ${url}`);
    return wire;
  }

  send(...messages: (string | Uint8Array<ArrayBuffer>)[]): void {
    for (const message of messages) this.#socket.send(message);
  }

  /**
   * Takes the next message.
   *
   * @throws {Error} If the connection ends before one comes.
   */
  async receive(): Promise<string | Uint8Array> {
    const next = async () => {
      for (;;) {
        const message = this.#messages.shift();
        if (message !== undefined) return message;
        if (this.#ended) {
          throw new Error("Cannot receive: the socket is closed");
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    };
    return await within(next(), "a WebSocket message");
  }

  async receiveMany(count: number): Promise<(string | Uint8Array)[]> {
    const messages: (string | Uint8Array)[] = [];
    while (messages.length < count) messages.push(await this.receive());
    return messages;
  }

  /** Waits for the end, and returns the messages that nobody received. */
  async drain(): Promise<(string | Uint8Array)[]> {
    await within(this.closed, "the end of a WebSocket");
    return this.#messages.splice(0);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await within(this.closed, "the end of a WebSocket");
  }
}
