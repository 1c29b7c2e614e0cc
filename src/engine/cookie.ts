/** Options of the cookie that carries a session's id. */
export interface CookieOptions {
  /**
   * The cookie's name.
   *
   * @default {"io"}
   */
  name?: string;
  /**
   * The paths it is sent to; `false` for that of the request.
   *
   * @default {"/"}
   */
  path?: string | false;
  /** The host it is sent to, beside the server's own. */
  domain?: string;
  /**
   * Whether scripts cannot read it.
   *
   * @default {true}
   */
  httpOnly?: boolean;
  /**
   * When other sites' requests carry it.
   *
   * @default {"lax"}
   */
  sameSite?: boolean | "lax" | "strict" | "none";
  /** Whether it is sent over TLS alone. */
  secure?: boolean;
  /** Whether it is kept apart for each embedding site. */
  partitioned?: boolean;
  /** Seconds until it is forgotten. */
  maxAge?: number;
  /** When it is forgotten. */
  expires?: Date;
}

/**
 * Makes the function that writes the `Set-Cookie` header of a session.
 *
 * @throws {TypeError} If a name or value cannot stand in a header.
 */
export function cookieWriter(
  options: boolean | CookieOptions,
): ((id: string) => string) | undefined {
  if (options === false) return undefined;
  const given = options === true ? {} : options;
  const { name = "io", path = "/", httpOnly = true, sameSite = "lax" } = given;
  const { maxAge = 0, expires = new Date(0) } = given;
  if (!Number.isFinite(maxAge) || Number.isNaN(expires.getTime())) {
    throw new TypeError(
      `Cannot set cookie "${name}": invalid maxAge or expires`,
    );
  }
  const attributes = [
    given.maxAge === undefined ? "" : `Max-Age=${Math.floor(given.maxAge)}`,
    given.domain === undefined ? "" : `Domain=${given.domain}`,
    path === false || path === "" ? "" : `Path=${path}`,
    given.expires === undefined ? "" : `Expires=${given.expires.toUTCString()}`,
    httpOnly && path !== false ? "HttpOnly" : "",
    given.secure === true ? "Secure" : "",
    given.partitioned === true ? "Partitioned" : "",
    sameSite === false ? "" : `SameSite=${sameSiteName(sameSite)}`,
  ].filter((attribute) => attribute !== "");
  if (
    !/^[\w!#$%&'*.^`|~+-]+$/.test(name) ||
    attributes.some((attribute) => /[^\x20-\x7e]|;/.test(attribute))
  ) {
    throw new TypeError(
      `Cannot set cookie "${name}": invalid name or attribute`,
    );
  }
  return (id) =>
    [`${name}=${encodeURIComponent(id)}`, ...attributes].join("; ");
}

function sameSiteName(sameSite: true | "lax" | "strict" | "none"): string {
  if (sameSite === true) return "Strict";
  return sameSite.charAt(0).toUpperCase() + sameSite.slice(1).toLowerCase();
}
