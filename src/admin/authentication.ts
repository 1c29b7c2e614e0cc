import type { Diagnostics } from "../diagnostics.ts";
import type { Handshake } from "../core/handshake.ts";
import { randomId } from "../random_id.ts";
import { isEqual, isPasswordOf, parsePasswordHash } from "./password.ts";
import type { AdminStore } from "./stores.ts";

/** One name and one password, as the Admin UI's own server has it. */
export interface BasicAuthentication {
  /** Always this. */
  readonly type: "basic";
  /** The name. */
  readonly username: string;
  /** The hash of the password: what `hashPassword()` returned. */
  readonly password: string;
}

/** What somebody has typed into the Admin UI. */
export interface AdminCredentials {
  /** The name, `""` if there is none. */
  readonly username: string;
  /** The password, `""` if there is none. */
  readonly password: string;
}

/** Decides whether somebody may see the Admin UI. */
export type AdminAuthenticator = (
  credentials: AdminCredentials,
  handshake: Handshake,
) => boolean | Promise<boolean>;

/** Failures that one address may have within a minute. */
const MAX_FAILURES = 5;
const WINDOW = 60_000;
/** Addresses whose failures are counted; the one that began first is forgotten first. */
const MAX_ADDRESSES = 10_000;
/** Passwords that are checked at once: each takes a core a while. */
const MAX_CHECKS = 4;
/** Characters of what may be a name, a password or a session's id. */
const MAX_LENGTH = 1_000;

/** What is needed of a socket that asks to be let in. */
interface Applicant {
  readonly handshake: Handshake;
  emit(name: "session", sessionId: string): unknown;
}

/** Lets in who has a session, or the right name and password. */
export class Authentication {
  readonly #authenticate: AdminAuthenticator;
  readonly #store: AdminStore;
  readonly #diagnostics: Diagnostics;
  readonly #failures = new Failures();
  #checks = 0;

  /**
   * @param auth Who may come in.
   * @param store Where sessions are kept.
   * @param diagnostics Where it is told what fails.
   * @throws {TypeError} If the password's hash is none.
   */
  constructor(
    auth: BasicAuthentication | AdminAuthenticator,
    store: AdminStore,
    diagnostics: Diagnostics,
  ) {
    this.#authenticate = typeof auth === "function"
      ? auth
      : basicAuthenticator(auth);
    this.#store = store;
    this.#diagnostics = diagnostics;
  }

  /**
   * Lets a socket in, and gives it a session.
   *
   * @throws {Error} By the promise, if not: for the client to read.
   */
  async admit(socket: Applicant): Promise<void> {
    const { handshake } = socket;
    const { address } = handshake;
    const sessionId = readText(handshake.auth, "sessionId");
    // Nobody guesses one: it lets in whoever else has failed from the same address.
    if (sessionId !== "" && await this.#hasSession(sessionId)) return;
    if (this.#failures.isBlocked(address) || this.#checks >= MAX_CHECKS) {
      throw new Error("too many attempts");
    }
    this.#checks++;
    this.#failures.add(address); // until it is none: others may come meanwhile
    try {
      if (!await this.#areValid(handshake)) {
        throw new Error("invalid credentials");
      }
    } finally {
      this.#checks--;
    }
    this.#failures.delete(address);
    await this.#startSession(socket);
  }

  async #hasSession(sessionId: string): Promise<boolean> {
    try {
      return await this.#store.doesSessionExist(sessionId) === true;
    } catch (error) {
      this.#diagnostics.reportError(error, "the admin UI's store");
      return false;
    }
  }

  async #areValid(handshake: Handshake): Promise<boolean> {
    const username = readText(handshake.auth, "username");
    const password = readText(handshake.auth, "password");
    try {
      return await this.#authenticate({ username, password }, handshake) ===
        true;
    } catch (error) {
      this.#diagnostics.reportError(error, "the admin UI's auth");
      return false;
    }
  }

  async #startSession(socket: Applicant): Promise<void> {
    const sessionId = randomId();
    try {
      await this.#store.saveSession(sessionId);
      socket.emit("session", sessionId);
    } catch (error) {
      this.#diagnostics.reportError(error, "the admin UI's store");
    }
  }
}

function basicAuthenticator(
  { username, password }: BasicAuthentication,
): AdminAuthenticator {
  const hash = parsePasswordHash(password);
  return async (credentials) => {
    // Both are checked in any case: time must not tell which one was wrong.
    const [isUser, isPassword] = await Promise.all([
      isEqual(credentials.username, username),
      isPasswordOf(credentials.password, hash),
    ]);
    return isUser && isPassword;
  };
}

/** A text among what a client sent as its credentials, `""` if it is none. */
function readText(auth: unknown, name: string): string {
  const value = (auth as Record<string, unknown>)[name]; // the codec lets objects through alone
  return typeof value === "string" && value.length <= MAX_LENGTH ? value : "";
}

/** Counts failures by address. */
class Failures {
  readonly #byAddress = new Map<string, { count: number; since: number }>();

  isBlocked(address: string): boolean {
    return (this.#get(address)?.count ?? 0) >= MAX_FAILURES;
  }

  #get(address: string) {
    const failures = this.#byAddress.get(address);
    if (failures === undefined) return undefined;
    const age = Date.now() - failures.since;
    if (age >= 0 && age < WINDOW) return failures;
    this.#byAddress.delete(address);
  }

  add(address: string): void {
    const failures = this.#get(address);
    if (failures !== undefined) {
      failures.count++;
      return;
    }
    this.#byAddress.set(address, { count: 1, since: Date.now() });
    for (const oldest of this.#byAddress.keys()) {
      if (this.#byAddress.size <= MAX_ADDRESSES) break;
      this.#byAddress.delete(oldest);
    }
  }

  delete(address: string): void {
    this.#byAddress.delete(address);
  }
}
