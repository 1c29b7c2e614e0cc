import { checkRange } from "../options.ts";

/** How much one client may ask of a Socket.IO server. */
export interface ClientLimits {
  /**
   * Packets that a connection may send in a second, of which it may send one
   * second's worth at once.
   *
   * @default {Infinity}
   */
  eventsPerSecond?: number;
  /**
   * Bytes that a connection may send in a second; a character of text counts as
   * one.
   *
   * @default {Infinity}
   */
  bytesPerSecond?: number;
  /**
   * Namespaces that a connection may be in.
   *
   * @default {1_000}
   */
  namespacesPerConnection?: number;
  /**
   * Child namespaces that are kept when their last client has left. Beyond, the one that
   * has been empty for longest goes, unless the application has asked for it by name.
   *
   * @default {10_000}
   */
  emptyNamespaces?: number;
  /**
   * Acknowledgements that a client may owe to one socket.
   *
   * @default {Infinity}
   */
  pendingAcknowledgements?: number;
  /**
   * Events that may wait to be read in one `socket.events()` or `socket.stream()`.
   *
   * @default {1_000}
   */
  queuedEvents?: number;
  /**
   * Bytes of the attachments of one packet, with the default parser.
   *
   * @default ten times `maxHttpBufferSize`
   */
  attachmentBytes?: number;
}

/** The same with every default filled in, but for the parser's. */
export type ResolvedClientLimits = Readonly<
  Required<Omit<ClientLimits, "attachmentBytes">>
>;

/**
 * Fills in defaults and checks what was given.
 *
 * @throws {RangeError} If a limit is no number from 1 on.
 */
export function resolveClientLimits(
  limits: ClientLimits,
): ResolvedClientLimits {
  const {
    eventsPerSecond = Infinity,
    bytesPerSecond = Infinity,
    namespacesPerConnection = 1_000,
    emptyNamespaces = 10_000,
    pendingAcknowledgements = Infinity,
    queuedEvents = 1_000,
  } = limits;
  const resolved = {
    eventsPerSecond,
    bytesPerSecond,
    namespacesPerConnection,
    emptyNamespaces,
    pendingAcknowledgements,
    queuedEvents,
  };
  for (const [name, limit] of Object.entries(resolved)) {
    checkRange(`limits.${name}`, limit, 1, Infinity);
  }
  return resolved;
}
