import { DelayLine } from "../delay_line.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { randomId } from "../random_id.ts";
import { matchesOrigin } from "./cors.ts";
import { HandshakeError } from "./errors.ts";
import { queryOf, readParameter } from "./query.ts";
import type {
  AllowedOrigins,
  AllowRequest,
  EngineOptions,
  ResolvedEngineOptions,
} from "./options.ts";

/** Milliseconds that a client waits for the application's functions. */
const ADMISSION_TIMEOUT = 45_000;

/** Asks the application's functions whether a client may connect, and under which id. */
export class Admission {
  readonly #options: ResolvedEngineOptions;
  readonly #diagnostics: Diagnostics;
  readonly #isTaken: (id: string) => boolean;
  readonly #idPrefix: string;
  /** Makes the ids of sessions, where the application does. */
  generateId: EngineOptions["generateId"];
  /** What refuses each client that waits. */
  readonly #waiting = new DelayLine<(error: HandshakeError) => void>(
    ADMISSION_TIMEOUT,
    (refuse) => refuse(new HandshakeError(4, { name: "ADMISSION_TIMEOUT" })),
  );

  /**
   * @param options Those of the server.
   * @param diagnostics Where failures of the functions are reported.
   * @param isTaken Tells whether a session has this id.
   * @param idPrefix What each id begins with.
   */
  constructor(
    options: ResolvedEngineOptions,
    diagnostics: Diagnostics,
    isTaken: (id: string) => boolean,
    idPrefix = "",
  ) {
    this.#options = options;
    this.generateId = options.generateId;
    this.#diagnostics = diagnostics;
    this.#isTaken = isTaken;
    this.#idPrefix = idPrefix;
  }

  /** How many clients wait for an answer. */
  get pending(): number {
    return this.#waiting.size;
  }

  /**
   * Lets a client in, without a promise where nobody has to be asked.
   *
   * @returns The new session's id.
   * @throws {HandshakeError} By the promise, if the client is refused.
   */
  admit(request: Request): string | Promise<string> {
    const { allowRequest, allowedOrigins } = this.#options;
    if (
      allowRequest === undefined && allowedOrigins === undefined &&
      this.generateId === undefined
    ) {
      return this.#idPrefix + randomId();
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting.add(reject);
    this.#askAll(request).then(resolve, reject);
    return promise.finally(() => this.#waiting.delete(reject));
  }

  /** Refuses all that wait. */
  flush(): void {
    this.#waiting.flush();
  }

  async #askAll(request: Request): Promise<string> {
    const { allowRequest, allowedOrigins } = this.#options;
    if (allowedOrigins !== undefined) {
      const origin = request.headers.get("origin");
      const isAllowed = await this.#ask(() =>
        isAllowedOrigin(allowedOrigins, origin, request)
      ).catch(() => false);
      if (isAllowed !== true) {
        throw new HandshakeError(
          4,
          { name: "ORIGIN_NOT_ALLOWED", origin },
          403,
        );
      }
    }
    if (allowRequest !== undefined) {
      const answer = await this.#askAllowRequest(allowRequest, request);
      if (answer !== true) {
        throw new HandshakeError(
          4,
          typeof answer === "string" ? { message: answer } : {},
        );
      }
    }
    const { generateId } = this;
    if (generateId === undefined) return this.#idPrefix + randomId();
    const name = "ID_GENERATION_ERROR";
    const id = await this.#ask(() => generateId(request)).catch((error) => {
      throw new HandshakeError(3, { name, error });
    });
    if (
      typeof id !== "string" || id === "" || !id.isWellFormed() ||
      this.#isTaken(this.#idPrefix + id)
    ) {
      throw new HandshakeError(3, { name });
    }
    return this.#idPrefix + id;
  }

  /** Resolves with `true` to let a client in, otherwise with what to tell it. */
  #askAllowRequest(
    allowRequest: AllowRequest,
    request: Request,
  ): Promise<boolean | string> {
    return new Promise((resolve) => {
      let returned: unknown;
      this.#ask(() =>
        returned = allowRequest(
          request,
          (message, success) => resolve(success ? true : message ?? false),
        )
      ).then((answer) => {
        const willCallBack = returned === undefined || allowRequest.length > 1;
        // Who calls back may return anything, a timer's number for one.
        if (typeof answer === "boolean" || !willCallBack) {
          resolve(answer === true);
        }
      }, () => resolve(false));
    });
  }

  /** Calls a function of the application, and reports what it throws. */
  #ask<Answer>(question: () => Answer | Promise<Answer>): Promise<Answer> {
    return Promise.try(question).catch((error) => {
      this.#diagnostics.reportError(error, "a handshake option");
      throw error;
    });
  }
}

function isAllowedOrigin(
  allowed: AllowedOrigins,
  origin: string | null,
  request: Request,
): boolean | Promise<boolean> {
  if (typeof allowed === "function") return allowed(origin, request);
  return origin === null
    ? !isForeignScript(request)
    : matchesOrigin(allowed, origin);
}

/**
 * Tells whether a request without an `Origin` may be a page's of another site.
 *
 * A browser names the origin of each WebSocket, and of each request whose answer a
 * foreign page could read, but for one: the answer to JSONP is a script.
 */
function isForeignScript({ url, headers }: Request): boolean {
  const site = headers.get("sec-fetch-site") ?? "none"; // old browsers do not say
  return readParameter(queryOf(url), "j") !== undefined ||
    site !== "none" && site !== "same-origin";
}
