/**
 * Several workers of one process as one server.
 *
 * @module
 */
import { type AdapterNamespace, ClusterAdapter } from "../adapter/mod.ts";
import { settledWithin } from "../settled_within.ts";
import { Mesh, type Peer } from "./mesh.ts";
import { MeshBus } from "./mesh_bus.ts";
import type { SessionHost } from "./owner.ts";
import { Tunnels } from "./tunnels.ts";

export type { SessionHost } from "./owner.ts";

/** Milliseconds that others have to answer what was passed on to them. */
const RELEASE_TIMEOUT = 1_000;

/** How the workers work together. */
export interface WorkersOptions {
  /** What they have in common. */
  readonly name: string;
  /** What has this worker's sessions. */
  readonly host: SessionHost;
  /** Bytes that may wait for the client of a WebSocket. */
  readonly maxBufferedAmount: number;
  readonly onError: (error: unknown) => void;
}

/**
 * The workers of a process, as one of them sees them.
 *
 * A session's id begins with that of the worker which has it, so whoever gets one of
 * its requests knows where it belongs. Only workers that are connected are looked
 * up: a client cannot make up an address.
 */
export class Workers {
  readonly #mesh: Mesh;
  readonly #tunnels: Tunnels;
  readonly #buses = new Map<string, MeshBus>();

  constructor({ name, host, maxBufferedAmount, onError }: WorkersOptions) {
    this.#tunnels = new Tunnels(host, maxBufferedAmount);
    this.#mesh = new Mesh(name, {
      onPeer: (peer) => {
        for (const bus of this.#buses.values()) bus.greet(peer);
      },
      onFrame: (frame, peer) => {
        if (frame.type === "stream") this.#tunnels.onFrame(frame, peer);
        else this.#buses.get(frame.channel)?.onFrame(frame, peer);
      },
      onPeerGone: (peer) => this.#onPeerGone(peer),
      onError,
    });
  }

  /** What the ids of this worker's sessions begin with. */
  get id(): string {
    return this.#mesh.id;
  }

  /**
   * Looks for the other workers.
   *
   * @throws {Deno.errors.NotCapable} Without permission to listen on 127.0.0.1.
   * @throws {Deno.errors.NotSupported} Before Deno 2.7.
   */
  open(): void {
    this.#mesh.open();
  }

  /**
   * Passes a request on to the worker that has its session.
   *
   * @param sid The session's id.
   * @param request The request.
   * @returns The answer, `undefined` if no other worker has it.
   */
  forward(sid: string, request: Request): Promise<Response> | undefined {
    const peer = this.#mesh.peer(sid.slice(0, this.id.length));
    return peer && this.#tunnels.forward(request, peer);
  }

  /** Creates the adapter of a namespace. */
  readonly createAdapter = (nsp: AdapterNamespace): ClusterAdapter => {
    const { name } = nsp;
    const bus = new MeshBus(name, () => this.#mesh.peers, () => {
      if (this.#buses.get(name) === bus) this.#buses.delete(name);
    });
    this.#buses.set(name, bus);
    return new ClusterAdapter(nsp, bus);
  };

  #onPeerGone(peer: Peer): void {
    for (const bus of this.#buses.values()) bus.onPeerGone(peer);
    this.#tunnels.onPeerGone(peer);
  }

  /** Leaves the others; their clients that have polls here poll again elsewhere. */
  async close(): Promise<void> {
    await settledWithin(RELEASE_TIMEOUT, this.#tunnels.release());
    await this.#mesh.close();
  }
}
