/** A client in a namespace, as observers see it. */
export interface ObservedSocket {
  /** The socket's id. */
  readonly id: string;
  /** The namespace's name, which a client may have chosen. */
  readonly namespace: string;
  /**
   * The same for what must not grow with it: of a namespace that came into being
   * because a client asked for it, what its parent was made from.
   */
  readonly namespaceGroup: string;
  /** The client's address, `""` where there is none. */
  readonly address: string;
  /** Whether an interrupted session goes on with it. */
  readonly recovered: boolean;
  /** What was asked for when it connected. */
  readonly handshake: {
    /** What the client sent as its credentials. */
    readonly auth: unknown;
    /** The headers of its first request. */
    readonly headers: Readonly<Record<string, string>>;
  };
  /** The `Socket` that the application gets. */
  readonly face: object;
  /** Whether the application listens to an event of this name. */
  hears(name: string): boolean;
}

/** The way of one event, or of one wish to connect, through the application's functions. */
export interface ObservedScope {
  /** Calls `handle`, at once: it runs the functions. */
  run(handle: () => void): void;
  /**
   * Hears once that all of them have returned and their promises have settled.
   * Never, where a middleware never goes on.
   *
   * @param error What the first that failed threw, `undefined` if none did.
   */
  end(error?: unknown): void;
}

/** Why an answer does not come. */
export type AckFailure = "timeout" | "disconnected";

/**
 * Hears of everything that passes a server, while it passes.
 *
 * Every message goes through these methods, so they should be short. What they throw
 * is reported and changes nothing. A character of text counts as one byte.
 */
export interface Observer {
  /** A packet of a client arrived: a message, or one of the protocol's own. */
  onPacketReceived?(bytes: number): void;
  /** A packet was handed to the client's transport. */
  onPacketSent?(bytes: number): void;
  /**
   * A client wants to join a namespace.
   *
   * @returns What follows it through the middlewares and `connection` listeners, as far
   * as they are not asynchronous.
   */
  onConnecting?(socket: ObservedSocket): ObservedScope | undefined;
  /**
   * An event of a client arrived.
   *
   * @param event Its name and arguments, and the function that answers it if the client
   * wants an answer.
   * @returns What follows it through the socket's middlewares and listeners.
   */
  onEventReceived?(
    socket: ObservedSocket,
    event: readonly unknown[],
  ): ObservedScope | undefined;
  /**
   * An event was sent to a client: one of many, if it is a broadcast.
   *
   * @param event Its name and arguments.
   * @param wantsAnswer Whether the client is asked for an answer.
   */
  onEventSent?(
    socket: ObservedSocket,
    event: readonly unknown[],
    wantsAnswer: boolean,
  ): void;
  /** A volatile event was dropped: its client could not take it at once. */
  onEventDropped?(socket: ObservedSocket, event: readonly unknown[]): void;
  /** A client has answered an event. */
  onAnswer?(socket: ObservedSocket, milliseconds: number): void;
  /** A client has not answered an event, and will not. */
  onNoAnswer?(socket: ObservedSocket, failure: AckFailure): void;
  /**
   * Other servers have answered a request of an adapter's, or failed to.
   *
   * @param error Why some did not, `undefined` if all did.
   */
  onAdapterRequest?(milliseconds: number, error?: unknown): void;
}

/** Several observers, as one that never throws. */
export class Observers implements Required<Observer> {
  readonly #list: readonly Observer[];
  readonly #onError: (error: unknown) => void;

  /**
   * @param list The observers.
   * @param onError Gets what one of them throws.
   */
  constructor(
    list: readonly Observer[],
    onError: (error: unknown) => void,
  ) {
    this.#list = list;
    this.#onError = onError;
  }

  onPacketReceived(bytes: number): void {
    this.#tell((observer) => observer.onPacketReceived?.(bytes));
  }

  onPacketSent(bytes: number): void {
    this.#tell((observer) => observer.onPacketSent?.(bytes));
  }

  onConnecting(socket: ObservedSocket): Scopes | undefined {
    return this.#follow((observer) => observer.onConnecting?.(socket));
  }

  onEventReceived(
    socket: ObservedSocket,
    event: readonly unknown[],
  ): Scopes | undefined {
    return this.#follow((observer) =>
      observer.onEventReceived?.(socket, event)
    );
  }

  onEventSent(
    socket: ObservedSocket,
    event: readonly unknown[],
    wantsAnswer: boolean,
  ): void {
    this.#tell((observer) =>
      observer.onEventSent?.(socket, event, wantsAnswer)
    );
  }

  onEventDropped(socket: ObservedSocket, event: readonly unknown[]): void {
    this.#tell((observer) => observer.onEventDropped?.(socket, event));
  }

  onAnswer(socket: ObservedSocket, milliseconds: number): void {
    this.#tell((observer) => observer.onAnswer?.(socket, milliseconds));
  }

  onNoAnswer(socket: ObservedSocket, failure: AckFailure): void {
    this.#tell((observer) => observer.onNoAnswer?.(socket, failure));
  }

  onAdapterRequest(milliseconds: number, error?: unknown): void {
    this.#tell((observer) => observer.onAdapterRequest?.(milliseconds, error));
  }

  #tell(call: (observer: Observer) => void): void {
    for (const observer of this.#list) {
      try {
        call(observer);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #follow(
    start: (observer: Observer) => ObservedScope | undefined,
  ): Scopes | undefined {
    let scopes: ObservedScope[] | undefined;
    this.#tell((observer) => {
      const scope = start(observer);
      if (scope !== undefined) (scopes ??= []).push(scope);
    });
    return scopes && new Scopes(scopes, this.#onError);
  }
}

/** What all observers follow one event with, as one that never throws. */
class Scopes implements ObservedScope {
  readonly #scopes: readonly ObservedScope[];
  readonly #onError: (error: unknown) => void;

  constructor(
    scopes: readonly ObservedScope[],
    onError: (error: unknown) => void,
  ) {
    this.#scopes = scopes;
    this.#onError = onError;
  }

  /** Calls `handle` within all scopes: once, whatever they do. */
  run(handle: () => void): void {
    let isHandled = false;
    const handleOnce = () => {
      if (isHandled) return;
      isHandled = true;
      handle();
    };
    this.#runFrom(0, handleOnce);
    handleOnce();
  }

  #runFrom(index: number, handle: () => void): void {
    const scope = this.#scopes[index];
    if (scope === undefined) return handle();
    try {
      scope.run(() => this.#runFrom(index + 1, handle));
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Tells all scopes that it is over. */
  end(error?: unknown): void {
    for (const scope of this.#scopes) {
      try {
        scope.end(error);
      } catch (failure) {
        this.#onError(failure);
      }
    }
  }
}
