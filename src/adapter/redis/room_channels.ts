/** Which rooms have channels of their own. */
export type SubscriptionMode = "static" | "dynamic" | "dynamic-private";

/** How long the official adapter takes the ids of sockets to be: it tells rooms by that. */
const SOCKET_ID_LENGTH = 20;

/** Who has {@linkcode RoomChannels}. */
export interface RoomChannelsOwner {
  /** Listens to the channel of a room, as soon as it can while that is wanted. */
  listen(room: string, isWanted: () => boolean): Promise<void>;
  /** Listens to it no longer. */
  unlisten(room: string): void;
}

/** The channel of a room. */
interface RoomChannel {
  /** Resolves when it is listened to; unset from then on. */
  entered: Promise<void> | undefined;
}

/** The channels of the rooms that a server has. */
export class RoomChannels {
  readonly #mode: SubscriptionMode;
  readonly #owner: RoomChannelsOwner;
  readonly #channels = new Map<string, RoomChannel>();

  /**
   * @param mode Which rooms have channels.
   * @param owner Listens to them.
   */
  constructor(mode: SubscriptionMode, owner: RoomChannelsOwner) {
    this.#mode = mode;
    this.#owner = owner;
  }

  /** The rooms whose channels are listened to, or will be. */
  get rooms(): Iterable<string> {
    return this.#channels.keys();
  }

  /** Tells whether a room has a channel: for all members the same. */
  hasChannel(room: string): boolean {
    switch (this.#mode) {
      case "static":
        return false;
      case "dynamic":
        return room.length !== SOCKET_ID_LENGTH;
      case "dynamic-private":
        return true;
    }
  }

  /**
   * Takes rooms that the server has.
   *
   * @returns What resolves when their channels are listened to: nothing for those that
   * are already.
   */
  enter(rooms: readonly string[]): readonly Promise<void>[] {
    const waits: Promise<void>[] = [];
    for (const room of rooms) {
      if (!this.hasChannel(room)) continue;
      const { entered } = this.#channels.get(room) ?? this.#enter(room);
      if (entered !== undefined) waits.push(entered);
    }
    return waits;
  }

  #enter(room: string): RoomChannel {
    const channel: RoomChannel = { entered: undefined };
    this.#channels.set(room, channel);
    const isWanted = () => this.#channels.get(room) === channel;
    channel.entered = this.#owner.listen(room, isWanted).then(() => {
      channel.entered = undefined;
    });
    return channel;
  }

  /** Takes a room that the server has no more. */
  leave(room: string): void {
    if (this.#channels.delete(room)) this.#owner.unlisten(room);
  }

  /** Forgets all rooms. */
  clear(): void {
    this.#channels.clear();
  }
}
