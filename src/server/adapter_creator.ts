import {
  type Adapter,
  type AdapterNamespace,
  MemoryAdapter,
  RecoveryAdapter,
  type RecoveryAdapterOptions,
} from "../adapter/mod.ts";
import type { RecoverySettings } from "../core/namespace_core.ts";
import { checkRange, MAX_DELAY } from "../options.ts";
import type {
  AdapterFactory,
  ConnectionStateRecoveryOptions,
} from "./options.ts";

/** How interrupted sessions go on, with defaults filled in. */
export type ResolvedRecovery =
  & RecoverySettings
  & Required<RecoveryAdapterOptions>;

/**
 * Fills in defaults and checks them.
 *
 * @throws {RangeError} If an option cannot work.
 */
export function resolveRecovery(
  options: ConnectionStateRecoveryOptions,
  maxReplay: number,
): ResolvedRecovery {
  const {
    skipMiddlewares = true,
    maxDisconnectionDuration = 120_000,
    maxPackets = 100_000,
    maxBytes = 64 * 1024 * 1024,
    maxSessions = 100_000,
  } = options;
  const limits = { maxPackets, maxBytes, maxSessions };
  for (const [name, limit] of Object.entries(limits)) {
    checkRange(name, limit, 1, Infinity);
  }
  checkRange(
    "maxDisconnectionDuration",
    maxDisconnectionDuration,
    1,
    MAX_DELAY,
  );
  return { skipMiddlewares, maxDisconnectionDuration, maxReplay, ...limits };
}

/** Makes the function that makes the adapter of a namespace. */
export function adapterCreator(
  factory: AdapterFactory | undefined,
  recovery: ResolvedRecovery | undefined,
): (namespace: AdapterNamespace) => Adapter {
  if (factory !== undefined) {
    return (namespace) => createAdapter(factory, namespace);
  }
  return recovery === undefined
    ? (namespace) => new MemoryAdapter(namespace)
    : (namespace) => new RecoveryAdapter(namespace, recovery);
}

/** Calls a class with `new`, and a function without. */
export function createAdapter(
  factory: AdapterFactory,
  namespace: AdapterNamespace,
): Adapter {
  return /^class\b/.test(Function.prototype.toString.call(factory))
    ? new (factory as new (namespace: AdapterNamespace) => Adapter)(namespace) // a class
    : (factory as (namespace: AdapterNamespace) => Adapter)(namespace); // not a class
}
