import type { Adapter, AdapterNamespace } from "../adapter/mod.ts";
import type { ClientLimits } from "../core/limits.ts";
import type { EngineLimits, EngineOptions } from "../engine/mod.ts";
import type { Codec } from "../parser/mod.ts";

/** Makes the adapter of a namespace: a class, or a function that returns one. */
export type AdapterFactory =
  | (new (namespace: AdapterNamespace) => Adapter)
  | ((namespace: AdapterNamespace) => Adapter);

/** Options of a Socket.IO server, beside those of its engine. */
export interface ServerOptions extends EngineOptions {
  /**
   * Makes the adapter of each namespace.
   *
   * @default {MemoryAdapter}
   */
  adapter?: AdapterFactory;
  /**
   * How packets are written and read. All clients must use the same.
   *
   * @default {new JsonCodec()}
   */
  parser?: Codec;
  /**
   * How many attachments a packet from a client may have, with the default parser.
   *
   * @default {10}
   */
  maxAttachments?: number;
  /**
   * Milliseconds within which a client must ask for a namespace.
   *
   * @default {45_000}
   */
  connectTimeout?: number;
  /**
   * Whether a namespace that came into being because a client asked for it goes
   * when its last client has left.
   *
   * @default {false}
   */
  cleanupEmptyChildNamespaces?: boolean;
  /**
   * The folder of the official client's bundles (the `dist` of npm's
   * `socket.io-client`), as a `file:` URL: they are served under the path. Reading
   * them needs `--allow-read` for that folder.
   *
   * @default {false}
   */
  serveClient?: URL | string | false;
  /**
   * How much clients may ask. Who exceeds a limit is disconnected or refused, and
   * `io.diagnostics` gets a `limitexceeded` event.
   */
  limits?: EngineLimits & ClientLimits;
}
