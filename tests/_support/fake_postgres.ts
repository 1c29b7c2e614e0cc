/** What a bus over PostgreSQL needs, without PostgreSQL. */

import type {
  BusReceiver,
  ClusterMessage,
  ClusterReply,
} from "@deno-socketio/server/adapter";
import type {
  ChannelListener,
  PostgresDriver,
  RunningStatement,
} from "../../src/adapter/postgres/driver.ts";
import {
  Exchange,
  type ExchangeSettings,
} from "../../src/adapter/postgres/exchange.ts";
import { PostgresBus } from "../../src/adapter/postgres/postgres_bus.ts";
import type { PostgresRow } from "../../src/adapter/postgres/clients.ts";

/** A statement that waits until the test says what comes of it. */
export interface FakeStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  resolve(rows?: readonly PostgresRow[]): void;
  reject(error: unknown): void;
  isAbandoned: boolean;
}

/** A client that is alone with its PostgreSQL. */
export class FakeDriver implements PostgresDriver {
  readonly statements: FakeStatement[] = [];
  readonly listeners = new Map<string, ChannelListener>();
  readonly relistened: string[] = [];

  run(text: string, values: readonly unknown[]): RunningStatement {
    const { promise, resolve, reject } = Promise.withResolvers<
      readonly PostgresRow[]
    >();
    const statement: FakeStatement = {
      text,
      values,
      resolve: (rows = []) => resolve(rows),
      reject,
      isAbandoned: false,
    };
    this.statements.push(statement);
    const abandon = (reason: Error) => {
      statement.isAbandoned = true;
      reject(reason);
    };
    return { rows: promise, abandon };
  }

  listen(channel: string, listener: ChannelListener): void {
    this.listeners.set(channel, listener);
  }

  unlisten(channel: string): Promise<void> {
    this.listeners.delete(channel);
    return Promise.resolve();
  }

  relisten(error: unknown): void {
    this.relistened.push(String(error));
  }

  /** The lines that the statements so far were to send. */
  get sent(): string[] {
    return this.statements.filter(({ text }) =>
      text.includes("string_to_array")
    )
      .flatMap(({ values }) => String(values[1]).split("\n"));
  }

  /** Lets all statements end well that do not wait for a test. */
  async settle(): Promise<void> {
    for (let done = 0; done < this.statements.length;) {
      this.statements[done++]!.resolve();
      await flush();
    }
  }
}

/** Lets all go on that waits for a promise. */
export async function flush(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Writes down what it gets. */
export class FakeReceiver implements BusReceiver {
  readonly messages: [ClusterMessage, string][] = [];
  readonly replies: [ClusterReply, string | undefined][] = [];
  readonly gone: string[] = [];
  readonly errors: string[] = [];

  onMessage(message: ClusterMessage, from: string) {
    this.messages.push([message, from]);
  }
  onReply(reply: ClusterReply, from: string | undefined) {
    this.replies.push([reply, from]);
  }
  onGone(member: string) {
    this.gone.push(member);
  }
  onError(error: unknown) {
    this.errors.push(String(error));
  }
}

/** What {@linkcode createAdapter} has by default, but for a limit that tests reach. */
export const SETTINGS: ExchangeSettings = {
  channelPrefix: "socket.io",
  tableName: "socket_io_attachments",
  payloadThreshold: 8_000,
  timeout: 5_000,
  heartbeatInterval: 5_000,
  heartbeatTimeout: 10_000,
  cleanupInterval: 30_000,
  maxPendingBytes: 1_000,
};

/** Makes a bus of the main namespace, and opens it. */
export function openBus(settings: Partial<ExchangeSettings> = {}) {
  const driver = new FakeDriver();
  const receiver = new FakeReceiver();
  const exchange = new Exchange(driver, { ...SETTINGS, ...settings });
  const bus = new PostgresBus("/", exchange);
  const opened = bus.open(receiver);
  const listener = driver.listeners.get("socket.io#/")!; // open() has put it there
  return {
    bus,
    driver,
    receiver,
    opened,
    listener,
    /** Closes the bus, and lets PostgreSQL answer all that it has sent. */
    async close() {
      const closed = bus.close();
      await driver.settle();
      await closed;
    },
  };
}
