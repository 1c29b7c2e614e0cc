/** Two servers of ours and two on Node, which meet somewhere, with a client each. */

import { assertEquals } from "@std/assert";
import {
  ask,
  type Client,
  plain,
  Visitors,
  within,
} from "../_support/clients.ts";
import { until } from "../_support/cluster_bed.ts";
import { type Member, startDeno, startNode } from "./members.ts";
import type { Meeting, Place } from "./place.ts";

/** A client, and the events it has got. */
export interface Visitor {
  readonly client: Client;
  readonly heard: unknown[][];
}

/** A socket, as members describe it. */
export interface Found {
  readonly id: string;
  readonly data: unknown;
  readonly rooms: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** The servers, and clients of one test after the other. */
export class Fleet implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  #visitors = new Visitors();
  readonly #keepsOrder: boolean;
  /** Where they meet. */
  readonly place: Place;
  /** Two of ours, and two on Node. */
  readonly members: readonly Member[];

  private constructor(
    stack: AsyncDisposableStack,
    place: Place,
    members: readonly Member[],
    keepsOrder: boolean,
  ) {
    this.#stack = stack;
    this.place = place;
    this.members = members;
    this.#keepsOrder = keepsOrder;
  }

  /** Starts all, and waits until they know of each other. */
  static async start(meeting: Meeting): Promise<Fleet> {
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await meeting.start());
    const startOurs = () => startDeno(place);
    const startTheirs = () => startNode(place, meeting.packages);
    const starts = [startOurs, startOurs, startTheirs, startTheirs];
    const members = await Promise.all(
      starts.map(async (start) => stack.use(await start())),
    );
    const fleet = new Fleet(
      stack.move(),
      place,
      members,
      meeting.keepsOrder,
    );
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
    const visitors = await Promise.all(this.members.map(async ({ url }) => {
      const client = await this.#visitors.connect(
        "4.8.4",
        "websocket",
        url + nsp,
      );
      const heard: unknown[][] = [];
      client.onAny((event, ...args) => {
        const values = args.filter((value) => typeof value !== "function");
        if (event !== "fence") heard.push([event, ...values.map(plain)]);
      });
      return { client, heard };
    }));
    await this.settle(nsp);
    return visitors;
  }

  /**
   * Waits until all members have told the others, or what they meet in, what they
   * want to hear: Node's do not wait for it before they answer a client.
   */
  async settle(nsp = "/"): Promise<void> {
    await this.count(this.members.length, nsp);
  }

  /** Sees that the clients get these events from a member, and no others. */
  async assertHeard(
    visitors: readonly Visitor[],
    member: Member,
    expected: readonly (readonly unknown[][])[],
    nsp = "/",
  ): Promise<void> {
    await until(
      () =>
        visitors.every(({ heard }, i) => heard.length >= expected[i]!.length),
      `the events of a server on ${member.kind}`,
    );
    const fences = visitors.map(({ client }) =>
      new Promise((resolve) => client.once("fence", resolve))
    );
    await member.run([["emit", "fence"]], nsp);
    await within(Promise.all(fences), "the fence");
    const heard = visitors.map(({ heard }) => heard.splice(0));
    if (this.#keepsOrder) assertEquals(heard, expected);
    else assertEquals(heard.map(sorted), expected.map(sorted));
  }

  /** The sockets that a member finds in any of some rooms, or all. */
  async fetchSockets(member: Member, ...rooms: string[]): Promise<Found[]> {
    const found = await member.run([["in", rooms], ["fetchSockets"]]);
    return found as Found[]; // what members make of sockets
  }

  /** Waits until a member finds so many in a room. */
  async finds(member: Member, count: number, room: string): Promise<Found[]> {
    let found: Found[] = [];
    await until(async () => {
      found = await this.fetchSockets(member, room);
      return found.length === count;
    }, `${count} sockets in "${room}"`);
    return found;
  }

  /** Disconnects the clients, and waits until no server has any. */
  async dismiss(): Promise<void> {
    await this.#visitors[Symbol.asyncDispose]();
    this.#visitors = new Visitors();
    for (const nsp of ["/", "/other"]) {
      for (const member of this.members) {
        await until(async () => {
          const found = await member.run([["local"], ["fetchSockets"]], nsp);
          return Array.isArray(found) && found.length === 0;
        }, "the last client to leave");
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#visitors[Symbol.asyncDispose]();
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

function sorted(list: readonly unknown[]): unknown[] {
  const order = new Map(list.map((each) => [each, JSON.stringify(each)]));
  return list.toSorted((a, b) => order.get(a)! < order.get(b)! ? -1 : 1);
}
