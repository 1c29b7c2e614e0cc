import { Peer } from "./peer.ts";

/** A way to get stuck, and to hold memory by it. */
export interface Stall {
  readonly name: string;
  /** Brings a client there. Returns its connections, none of which ends by itself. */
  begin(port: number): Promise<Peer[]>;
}

/** A WebSocket that reads nothing from now on. */
async function openDeaf(port: number): Promise<Peer> {
  const peer = await Peer.connect(port);
  await peer.openWebSocket();
  peer.stall();
  return peer;
}

/** Every way that we know of. */
export const STALLS: readonly Stall[] = [
  {
    name: "a WebSocket that does not read 512 messages of 64 KiB",
    async begin(port) {
      const peer = await openDeaf(port);
      peer.frame('42["flood"]');
      return [peer];
    },
  },
  {
    name: "a WebSocket that does not read 200,000 messages of 6 bytes",
    async begin(port) {
      const peer = await openDeaf(port);
      peer.frame('42["drizzle"]');
      return [peer];
    },
  },
  {
    name: "a poll whose answer is not read, and 32 MiB behind it",
    async begin(port) {
      const peer = await Peer.connect(port);
      const sid = await peer.openPolling();
      await peer.post(sid, '42["puddle"]');
      const poll = await Peer.connect(port);
      poll.stall();
      poll.get(`transport=polling&sid=${sid}`);
      await peer.post(sid, '42["flood"]');
      return [peer, poll];
    },
  },
  {
    name:
      "a POST of 1 MB whose last byte does not come, and polls that overlap",
    async begin(port) {
      const peer = await Peer.connect(port);
      const sid = await peer.openPolling();
      peer.write(
        `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\n` +
          "Host: localhost\r\nContent-Length: 1000000\r\n\r\n" +
          "4".repeat(999_999),
      );
      const polls = [await Peer.connect(port), await Peer.connect(port)];
      for (const poll of polls) poll.get(`transport=polling&sid=${sid}`);
      return [peer, ...polls];
    },
  },
];
