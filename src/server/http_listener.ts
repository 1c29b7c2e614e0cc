/** Milliseconds until a server that has failed listens again. */
const RETRY_AFTER = 250;

/** What {@linkcode HttpListener} takes. */
export type ListenOptions =
  & Deno.ServeTcpOptions
  & Partial<Deno.TlsCertifiedKeyPem>;

/**
 * An HTTP server that stays.
 *
 * Deno stops listening when it cannot accept a connection, as when there are too many
 * open files, which a crowd of clients can bring about; those who are connected are
 * still served. So it listens again.
 *
 * listening ⇄ failed, for a moment; ──close()──▶ closed
 */
export class HttpListener {
  readonly #options: ListenOptions;
  readonly #handler: Deno.ServeHandler<Deno.NetAddr>;
  readonly #onError: (error: unknown) => void;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #state: "listening" | "failed" | "closed" = "listening";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Listens.
   *
   * @param options What `Deno.serve` takes.
   * @param handler Answers requests.
   * @param onError Hears why it had to stop listening.
   * @throws {Error} If it cannot, the first time.
   */
  constructor(
    options: ListenOptions,
    handler: Deno.ServeHandler<Deno.NetAddr>,
    onError: (error: unknown) => void,
  ) {
    this.#handler = handler;
    this.#onError = onError;
    this.#server = Deno.serve(options, handler);
    // The same port, and not a word about it.
    const { port } = this.#server.addr;
    this.#options = { ...options, port, onListen: () => {} };
    this.#watch();
  }

  /** The server that listens, or did last. */
  get server(): Deno.HttpServer<Deno.NetAddr> {
    return this.#server;
  }

  #watch(): void {
    this.#server.finished.catch((error) => {
      if (this.#state === "closed") return;
      this.#state = "failed";
      this.#onError(error);
      this.#wait();
    });
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#listenAgain(), RETRY_AFTER);
  }

  #listenAgain(): void {
    try {
      this.#server = Deno.serve(this.#options, this.#handler);
    } catch {
      return this.#wait(); // there is nothing left to listen with
    }
    this.#state = "listening";
    this.#watch();
  }

  /** Stops, and resolves when all requests are answered. */
  async close(): Promise<void> {
    const isListening = this.#state === "listening";
    this.#state = "closed";
    clearTimeout(this.#timer);
    if (isListening) await this.#server.shutdown();
  }
}
