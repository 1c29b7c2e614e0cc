import { assertInstanceOf } from "@std/assert";
import type {
  CallbackErrorEvent,
  Server,
  ServerOptions,
} from "@deno-socketio/server";
import {
  type AckListener,
  MemoryAdapter,
  type RestoredSession,
  type Room,
  type Session,
  type SocketId,
  type Target,
} from "@deno-socketio/server/adapter";
import type { Packet } from "@deno-socketio/server/parser";
import { TestBed } from "./clients.ts";

/** A server with an adapter of the application, and what it reports of it. */
export class AdapterBed extends TestBed {
  /** What failed, as `diagnostics` names it, with the error. */
  readonly failures: [source: string, error: unknown][] = [];

  constructor(options: ServerOptions) {
    super("4.8.4", "websocket", options);
    this.io.diagnostics.addEventListener(
      "callbackerror",
      (event: CallbackErrorEvent) => {
        event.preventDefault();
        this.failures.push([event.source, event.error]);
      },
    );
  }
}

/** An adapter that notes what it is asked for. */
export class RecordingAdapter extends MemoryAdapter {
  readonly calls: [method: string, ...args: unknown[]][] = [];

  override init(): void {
    this.calls.push(["init"]);
  }

  override close(): void {
    this.calls.push(["close"]);
  }

  override serverCount(): Promise<number> {
    this.calls.push(["serverCount"]);
    return super.serverCount();
  }

  override addAll(id: SocketId, rooms: Iterable<Room>): Promise<void> | void {
    const list = [...rooms];
    this.calls.push(["addAll", id, list]);
    return super.addAll(id, list);
  }

  override del(id: SocketId, room: Room): Promise<void> | void {
    this.calls.push(["del", id, room]);
    return super.del(id, room);
  }

  override delAll(id: SocketId): void {
    this.calls.push(["delAll", id]);
    super.delAll(id);
  }

  override sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>> {
    this.calls.push(["sockets", rooms]);
    return super.sockets(rooms);
  }

  override broadcast(packet: Packet, target: Target): void {
    this.calls.push(["broadcast", packet, target]);
    super.broadcast(packet, target);
  }

  override broadcastWithAck(
    packet: Packet,
    target: Target,
    onClientCount: (count: number) => void,
    onAck: AckListener,
    onGone: () => void,
  ): () => void {
    this.calls.push(["broadcastWithAck", packet, target]);
    return super.broadcastWithAck(packet, target, onClientCount, onAck, onGone);
  }

  override fetchSockets(target: Target) {
    this.calls.push(["fetchSockets", target]);
    return super.fetchSockets(target);
  }

  override addSockets(target: Target, rooms: readonly Room[]): void {
    this.calls.push(["addSockets", target, rooms]);
    super.addSockets(target, rooms);
  }

  override delSockets(target: Target, rooms: readonly Room[]): void {
    this.calls.push(["delSockets", target, rooms]);
    super.delSockets(target, rooms);
  }

  override disconnectSockets(target: Target, close: boolean): void {
    this.calls.push(["disconnectSockets", target, close]);
    super.disconnectSockets(target, close);
  }

  override serverSideEmit(args: readonly unknown[]): void {
    this.calls.push(["serverSideEmit", args]);
    super.serverSideEmit(args);
  }

  override persistSession(session: Session): void {
    this.calls.push(["persistSession", session]);
  }

  override restoreSession(
    pid: string,
    offset: string | undefined,
  ): RestoredSession | undefined {
    this.calls.push(["restoreSession", pid, offset]);
    return undefined;
  }
}

/** The calls of a server's adapter; only those of `method` with one. */
export function callsOf({ io }: { io: Server }, method?: string): unknown[][] {
  const { adapter } = io.of("/");
  assertInstanceOf(adapter, RecordingAdapter);
  return method === undefined
    ? adapter.calls
    : adapter.calls.filter(([name]) => name === method);
}
