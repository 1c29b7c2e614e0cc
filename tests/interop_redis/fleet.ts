/** Two servers of ours and two on Node, which meet in Redis, with a client each. */

import type { RedisAdapterOptions } from "@deno-socketio/server/redis";
import {
  ask,
  type Client,
  plain,
  Visitors,
  within,
} from "../_support/clients.ts";
import { until } from "../_support/cluster_bed.ts";
import { requires, startRedis } from "../_support/environment.ts";
import { type Link, type Member, startDeno, startNode } from "./members.ts";

/** A client, and the events it has got. */
export interface Visitor {
  readonly client: Client;
  readonly heard: unknown[];
}

/** The servers of a test. */
export class Fleet implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #visitors: Visitors;
  /** The port of Redis. */
  readonly port: number;
  /** Two of ours, and two on Node. */
  readonly members: readonly Member[];

  private constructor(
    stack: AsyncDisposableStack,
    visitors: Visitors,
    port: number,
    members: readonly Member[],
  ) {
    this.#stack = stack;
    this.#visitors = visitors;
    this.port = port;
    this.members = members;
  }

  /** Starts all, and waits until they know of each other. */
  static async start(options: RedisAdapterOptions): Promise<Fleet> {
    await using stack = new AsyncDisposableStack();
    const { port } = stack.use(await startRedis());
    const starts = [startDeno, startDeno, startNode, startNode];
    const members = await Promise.all(
      starts.map(async (start) => stack.use(await start(port, options))),
    );
    const visitors = stack.use(new Visitors());
    const fleet = new Fleet(stack.move(), visitors, port, members);
    for (const nsp of ["/", "/other"]) {
      await fleet.count(members.length, nsp);
    }
    return fleet;
  }

  /** One of ours, and one on Node. */
  get origins(): readonly Member[] {
    return this.members.filter((_, i) => i % 2 === 0);
  }

  /** Waits until each member counts so many. */
  async count(
    expected: number,
    nsp = "/",
    members = this.members,
  ): Promise<void> {
    await until(async () => {
      const counts = await Promise.all(
        members.map((each) => each.run([["adapter"], ["serverCount"]], nsp)),
      );
      return counts.every((count) => count === expected);
    }, `${expected} servers`);
  }

  /** Connects a client to each member. */
  async connectAll(nsp = "/"): Promise<Visitor[]> {
    return await Promise.all(this.members.map(async ({ url }) => {
      const client = await this.#visitors.connect(
        "4.8.4",
        "websocket",
        url + nsp,
      );
      const heard: unknown[] = [];
      client.onAny((event, ...args) => {
        const values = args.filter((value) => typeof value !== "function");
        if (event !== "fence") heard.push(plain([event, ...values]));
      });
      return { client, heard };
    }));
  }

  /** Resolves when all that a member has sent before has reached the clients. */
  async fence(
    visitors: readonly Visitor[],
    member: Member,
    nsp = "/",
  ): Promise<void> {
    const all = visitors.map(({ client }) =>
      new Promise((resolve) => client.once("fence", resolve))
    );
    await member.run([["emit", "fence"]], nsp);
    await within(Promise.all(all), "the fence");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Lets a client's socket join rooms. */
export async function join(
  { client }: Visitor,
  ...rooms: string[]
): Promise<void> {
  await ask(client, "join", rooms);
}

/** What each of the clients has heard since the last time. */
export function takeHeard(visitors: readonly Visitor[]): unknown[][] {
  return visitors.map(({ heard }) => heard.splice(0));
}

/** Defines a test of a fleet, which needs Redis and Node. */
export function testFleet(
  name: string,
  fn: (fleet: Fleet) => Promise<void>,
  options: RedisAdapterOptions = {},
): void {
  Deno.test(
    requires(
      { node: true, redis: true },
      `A mixed fleet: ${name}`,
      async () => {
        await using fleet = await Fleet.start(options);
        await fn(fleet);
      },
    ),
  );
}

export type { Link, Member };
