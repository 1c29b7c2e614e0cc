import { assertDenoAtLeast } from "../deno_version.ts";
import { settledWithin } from "../settled_within.ts";
import { Directory, type WorkerAddress } from "./directory.ts";
import { decodeFrame, type Frame } from "./frame.ts";
import { FrameReader, Link } from "./link.ts";

const HOSTNAME = "127.0.0.1";
/** Characters of a worker's id, with which the ids of its sessions begin. */
const ID_LENGTH = 6;
/** Bytes that the first frame of a connection may have. */
const MAX_HELLO = 1_024;
/** Milliseconds within which it must have come. */
const HELLO_TIMEOUT = 2_000;
/** Milliseconds that others have to read what was sent last. */
const CLOSE_TIMEOUT = 1_000;
/** Bytes that may wait for one worker. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;

/** Another worker, while there is a connection to it. */
export interface Peer {
  readonly id: string;
  /** Bytes that wait for it. */
  readonly pendingBytes: number;
  /** Resolves when nothing waits for it any more. */
  drained(): Promise<void>;
  /** Sends a frame behind those that wait. */
  send(frame: Uint8Array): void;
}

/** What a {@linkcode Mesh} tells. */
export interface MeshOwner {
  /** A worker has come. */
  onPeer(peer: Peer): void;
  /** A frame of a worker arrived. */
  onFrame(frame: Frame, peer: Peer): void;
  /** A worker is gone, with all that was on its way. */
  onPeerGone(peer: Peer, error: unknown): void;
  onError(error: unknown): void;
}

/** The first frame of a connection, by the one that makes it. */
interface Hello {
  readonly id: string;
  /** The secret of the other. */
  readonly key: string;
}

/**
 * The connections between the workers of one process: one between any two, on
 * loopback.
 *
 * Of two workers, that with the lesser id connects to the other. Who connects must
 * know a secret that is told inside the process alone.
 */
export class Mesh {
  /** This worker's id. */
  readonly id: string = randomHex(ID_LENGTH / 2);
  readonly #name: string;
  readonly #owner: MeshOwner;
  readonly #secret = randomHex(16);
  #listener: Deno.TcpListener | undefined;
  #directory: Directory | undefined;
  readonly #peers = new Map<string, Peer & { readonly link: Link }>();
  /** Workers that are being connected to. */
  readonly #connecting = new Set<string>();
  #isClosed = false;

  /**
   * @param name What the workers have in common.
   * @param owner Hears of them.
   */
  constructor(name: string, owner: MeshOwner) {
    this.#name = name;
    this.#owner = owner;
  }

  /**
   * Looks for the other workers, and lets them come.
   *
   * @throws {Deno.errors.NotCapable} Without permission to listen on 127.0.0.1.
   * @throws {Deno.errors.NotSupported} Before Deno 2.7.
   */
  open(): void {
    // An older one ends a process that makes a BroadcastChannel, or cannot keep one from
    // holding up the process's own end.
    assertDenoAtLeast("2.7", "serve in parallel");
    const listener = listen();
    listener.unref();
    this.#listener = listener;
    this.#welcomeAll(listener);
    const { id } = this;
    const { port } = listener.addr;
    this.#directory = new Directory(
      this.#name,
      { id, port, secret: this.#secret },
      (worker) => this.#meet(worker),
    );
  }

  /** The workers that can be reached now. */
  get peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  /** Finds a worker by its id. */
  peer(id: string): Peer | undefined {
    return this.#peers.get(id);
  }

  async #welcomeAll(listener: Deno.TcpListener): Promise<void> {
    try {
      for await (const conn of listener) {
        this.#welcome(conn).catch(() => conn.close());
      }
    } catch (error) {
      if (!this.#isClosed) this.#owner.onError(error);
    }
  }

  /** Takes a connection of which it is not known yet who made it. */
  async #welcome(conn: Deno.TcpConn): Promise<void> {
    conn.unref();
    const timer = setTimeout(() => conn.close(), HELLO_TIMEOUT);
    try {
      const reader = new FrameReader(conn);
      reader.maxSize = MAX_HELLO;
      const hello = readHello(await reader.next());
      if (hello === undefined || !isSame(hello.key, this.#secret)) {
        return conn.close();
      }
      reader.maxSize = Infinity;
      this.#add(hello.id, conn, reader);
    } finally {
      clearTimeout(timer);
    }
  }

  async #meet({ id, port, secret }: WorkerAddress): Promise<void> {
    if (this.id > id || this.#peers.has(id) || this.#connecting.has(id)) return;
    this.#connecting.add(id);
    try {
      const conn = await Deno.connect({ hostname: HOSTNAME, port });
      const hello: Hello = { id: this.id, key: secret };
      this.#add(
        id,
        conn,
        new FrameReader(conn),
        new TextEncoder().encode(JSON.stringify(hello)),
      );
    } catch {
      // It will be heard of again, if it is there.
    } finally {
      this.#connecting.delete(id);
    }
  }

  #add(
    id: string,
    conn: Deno.TcpConn,
    reader: FrameReader,
    first?: Uint8Array,
  ): void {
    if (this.#isClosed || this.#peers.has(id)) return conn.close();
    const link = new Link(conn, reader, MAX_PENDING_BYTES);
    const peer: Peer & { readonly link: Link } = {
      id,
      link,
      get pendingBytes() {
        return link.pendingBytes;
      },
      drained: () => link.drained(),
      send: (frame) => link.send(frame),
    };
    if (first !== undefined) link.send(first);
    this.#peers.set(id, peer);
    this.#owner.onPeer(peer);
    link.start({
      onFrame: (frame) => this.#owner.onFrame(decodeFrame(frame), peer),
      onClose: (error) => {
        this.#peers.delete(id);
        this.#owner.onPeerGone(peer, error);
      },
    });
  }

  /** Leaves the others, when they have got what was sent, or after a second. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#directory?.[Symbol.dispose]();
    this.#listener?.close();
    const peers = [...this.#peers.values()];
    await settledWithin(
      CLOSE_TIMEOUT,
      Promise.all(peers.map(({ link }) => link.drained())),
    );
    this.#peers.clear();
    for (const peer of peers) {
      peer.link.close();
      this.#owner.onPeerGone(peer, new Error("this worker leaves"));
    }
  }
}

function listen(): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: HOSTNAME, port: 0 });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Deno.errors.NotCapable(
      `Cannot serve in parallel without --allow-net=${HOSTNAME}: the workers connect to each other`,
      { cause: error },
    );
  }
}

function readHello(frame: Uint8Array | undefined): Hello | undefined {
  try {
    const hello = JSON.parse(new TextDecoder().decode(frame));
    const isHello = typeof hello?.id === "string" &&
      typeof hello.key === "string";
    return isHello ? hello : undefined;
  } catch {
    return undefined;
  }
}

/** Compares two texts in a time that tells nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) {
    difference |= a.charCodeAt(i) ^ b.charCodeAt(i); // NaN ^ n is n
  }
  return difference === 0;
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
