import type { AdapterFactory } from "@deno-socketio/server";

/** What servers of ours and of Node's can meet in. */
export interface Meeting {
  /** What it is called. */
  readonly name: string;
  /** What its tests need besides Node. */
  readonly needs: { readonly postgres?: true; readonly redis?: true };
  /** Whether messages of one server on Node arrive in their order. */
  readonly keepsOrder: boolean;
  /** npm's packages that Node's servers need besides socket.io. */
  readonly packages: readonly string[];
  /** Starts it. */
  start(): Promise<Place>;
}

/** Where servers meet. */
export interface Place extends AsyncDisposable {
  /** Makes the adapter of a server of ours; what it opens is put on the stack. */
  connect(stack: AsyncDisposableStack): Promise<AdapterFactory>;
  /** What `node_member.mjs` is told. */
  readonly node: NodeAdapter;
  /** Options of all servers, besides their adapters. */
  readonly server?: { readonly connectionStateRecovery: object };
}

/** The adapter of a server on Node. */
export interface NodeAdapter {
  /** Which adapter, by its name in `node_member.mjs`. */
  readonly adapter: "postgres" | "redis" | "redis-sharded" | "redis-streams";
  /** Options of its client. */
  readonly client: object;
  /** Options of the adapter. */
  readonly options: object;
}
