import type { RequestInfo } from "./middleware.ts";

/**
 * Which proxies are believed: how many stand before us, their addresses (single or
 * CIDR), or a function over an address and its distance (0: who connected to us).
 */
export type TrustProxy =
  | boolean
  | number
  | string
  | readonly string[]
  | ((address: string, hop: number) => boolean);

/** Where a client really is. */
export interface ClientAddress {
  /** Its address, `""` where there is none, as on a Unix socket. */
  readonly address: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
}

type Trusts = (address: string, hop: number) => boolean;

/**
 * Makes the function that tells where a client is.
 *
 * @throws {RangeError} If `trust` names an address that is none.
 */
export function clientAddressReader(
  trust: TrustProxy,
): (request: Request, info: RequestInfo | undefined) => ClientAddress {
  const trusts = trust === false ? undefined : compileTrust(trust);
  return (request, info) => {
    const peer = peerAddress(info);
    const secure = request.url.startsWith("https:");
    if (trusts === undefined || !trusts(peer, 0)) {
      return { address: peer, secure };
    }
    const forwarded = list(request.headers.get("x-forwarded-for"));
    const scheme = list(request.headers.get("x-forwarded-proto"))[0];
    return {
      address: furthestTrusted(peer, forwarded, trusts),
      secure: scheme === undefined ? secure : scheme === "https",
    };
  };
}

function peerAddress(info: RequestInfo | undefined): string {
  const address = info?.remoteAddr;
  return address !== undefined && "hostname" in address ? address.hostname : "";
}

/** Walks from us to the client, as long as the proxy that names the next one is believed. */
function furthestTrusted(
  peer: string,
  forwarded: readonly string[],
  trusts: Trusts,
): string {
  let address = peer;
  for (let hop = 0; hop < forwarded.length && trusts(address, hop); hop++) {
    address = forwarded[forwarded.length - 1 - hop]!;
  }
  return address;
}

function list(header: string | null): string[] {
  return header === null || header.trim() === ""
    ? []
    : header.split(",").map((part) => part.trim());
}

function compileTrust(trust: Exclude<TrustProxy, false>): Trusts {
  if (trust === true) return () => true;
  if (typeof trust === "function") return trust;
  if (typeof trust === "number") {
    if (!(trust >= 0)) {
      throw new RangeError(`Cannot trust ${trust} proxies: no count`);
    }
    return (_address, hop) => hop < trust;
  }
  const networks = (typeof trust === "string" ? trust.split(",") : trust).map(
    (network) => parseNetwork(network.trim()),
  );
  return (address) => {
    const bits = parseAddress(address);
    return bits !== undefined &&
      networks.some(({ prefix, length }) =>
        bits.length === prefix.length &&
        bits.slice(0, length) === prefix.slice(0, length)
      );
  };
}

function parseNetwork(network: string): { prefix: string; length: number } {
  const [, address = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ??
    [];
  const prefix = parseAddress(address);
  const bits = length === undefined ? prefix?.length : Number(length);
  if (prefix === undefined || bits === undefined || bits > prefix.length) {
    throw new RangeError(
      `Cannot trust proxy "${network}": not an address or CIDR`,
    );
  }
  return { prefix, length: bits };
}

/** The bits of an address as a string of 32 or 128 digits. */
function parseAddress(address: string): string | undefined {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address);
  const v4 = mapped?.[1] ?? address;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(v4)) {
    const bytes = v4.split(".").map(Number);
    return bytes.every((byte) => byte < 256) ? toBits(bytes, 8) : undefined;
  }
  return parseAddress6(address);
}

function parseAddress6(address: string): string | undefined {
  if (!/^[\da-f:]+$/i.test(address) || !address.includes(":")) return undefined;
  const [head = "", tail, ...more] = address.split("::");
  if (more.length > 0) return undefined;
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? toBits(groups.map((group) => parseInt(group, 16)), 16)
    : undefined;
}

function toBits(numbers: readonly number[], width: number): string {
  return numbers.map((number) => number.toString(2).padStart(width, "0")).join(
    "",
  );
}
