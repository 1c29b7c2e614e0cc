/** The parameters of a request that the protocol reads. */
export interface EngineQuery {
  /** The revision of the protocol. */
  readonly EIO: string | undefined;
  readonly transport: string | undefined;
  /** The session's id; none in a handshake. */
  readonly sid: string | undefined;
}

/**
 * Reads the protocol's parameters out of a URL.
 *
 * Each request passes here: `new URL()` would cost more than the rest of a poll.
 */
export function readQuery(url: string): EngineQuery {
  const query: { -readonly [Name in keyof EngineQuery]: EngineQuery[Name] } = {
    EIO: undefined,
    transport: undefined,
    sid: undefined,
  };
  let end = url.indexOf("?");
  while (end >= 0) {
    const start = end + 1;
    end = url.indexOf("&", start);
    if (url.startsWith("sid=", start)) {
      query.sid ??= value(url, start + 4, end);
    } else if (url.startsWith("transport=", start)) {
      query.transport ??= value(url, start + 10, end);
    } else if (url.startsWith("EIO=", start)) {
      query.EIO ??= value(url, start + 4, end);
    }
  }
  return query;
}

/**
 * Reads the first parameter of a name.
 *
 * @param parameters What stands behind the `?` of a URL, or in a form.
 */
export function readParameter(
  parameters: string,
  name: string,
): string | undefined {
  const prefix = name + "=";
  let end = -1;
  do {
    const start = end + 1;
    end = parameters.indexOf("&", start);
    if (parameters.startsWith(prefix, start)) {
      return value(parameters, start + prefix.length, end);
    }
  } while (end >= 0);
}

/** What stands behind the `?` of a URL. */
export function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

function value(url: string, start: number, end: number): string {
  const raw = url.slice(start, end < 0 ? undefined : end);
  return raw.includes("%") || raw.includes("+")
    ? new URLSearchParams(`v=${raw}`).get("v")!
    : raw;
}

/** Tells whether the path of `url` begins with `prefix`. */
export function hasPath(url: string, prefix: string): boolean {
  return url.startsWith(prefix, url.indexOf("/", url.indexOf("//") + 2));
}
