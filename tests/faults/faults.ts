import { Peer } from "./peer.ts";

/** A point at which a client can be lost. */
export interface Fault {
  readonly name: string;
  /** Brings a client there. Returns the connection that breaks, then all others. */
  reach(port: number): Promise<[broken: Peer, ...others: Peer[]]>;
}

async function atPolling(port: number): Promise<[Peer, sid: string]> {
  const peer = await Peer.connect(port);
  return [peer, await peer.openPolling()];
}

/** A session on long-polling whose WebSocket has been accepted. */
async function atUpgrade(port: number): Promise<[Peer, Peer, sid: string]> {
  const [polling, sid] = await atPolling(port);
  const websocket = await Peer.connect(port);
  websocket.upgrade(`&sid=${sid}`);
  await websocket.read(/\r\n\r\n/);
  return [websocket, polling, sid];
}

async function atWebSocket(port: number): Promise<Peer> {
  const peer = await Peer.connect(port);
  await peer.openWebSocket();
  return peer;
}

/** Every step of handshake, poll, upgrade and close. */
export const FAULTS: readonly Fault[] = [
  {
    name: "in the head of the first request",
    async reach(port) {
      const peer = await Peer.connect(port);
      peer.write("GET /socket.io/?EIO=4&transport=po");
      return [peer];
    },
  },
  {
    name: "behind a polling handshake",
    async reach(port) {
      return [(await atPolling(port))[0]];
    },
  },
  {
    name: "in the body of a POST",
    async reach(port) {
      const [peer, sid] = await atPolling(port);
      peer.write(
        `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\n` +
          'Host: localhost\r\nContent-Length: 1000\r\n\r\n42["echo"',
      );
      return [peer];
    },
  },
  {
    name: "in a held poll",
    async reach(port) {
      const [peer, sid] = await atPolling(port);
      peer.get(`transport=polling&sid=${sid}`);
      return [peer];
    },
  },
  {
    name: "in a held poll that has become idle",
    async reach(port) {
      const [peer, sid] = await atPolling(port);
      for (;;) {
        peer.get(`transport=polling&sid=${sid}`);
        const [head] = await peer.read(/[^]*?\r\n\r\n/);
        if (/transfer-encoding: chunked/i.test(head)) return [peer];
        await peer.read(/2/); // a ping, before it was idle
        await peer.post(sid, "3");
      }
    },
  },
  {
    name: "at the request for a WebSocket",
    async reach(port) {
      const peer = await Peer.connect(port);
      peer.upgrade("");
      return [peer];
    },
  },
  {
    name: "with a WebSocket that has not asked for a namespace",
    async reach(port) {
      const peer = await Peer.connect(port);
      peer.upgrade("");
      await peer.read(/0\{"sid"/);
      return [peer];
    },
  },
  {
    name: "on an open WebSocket",
    async reach(port) {
      return [await atWebSocket(port)];
    },
  },
  {
    name: "in the middle of a WebSocket frame",
    async reach(port) {
      const peer = await atWebSocket(port);
      peer.write("\x81\xfe\x03\xe8\0\0\0\0" + '42["echo"');
      return [peer];
    },
  },
  {
    name: "in an upgrade, before the probe",
    async reach(port) {
      const [websocket, polling] = await atUpgrade(port);
      return [websocket, polling];
    },
  },
  {
    name: "in an upgrade, behind the probe",
    async reach(port) {
      const [websocket, polling] = await atUpgrade(port);
      websocket.frame("2probe");
      await websocket.read(/3probe/);
      return [websocket, polling];
    },
  },
  {
    name: "right behind an upgrade",
    async reach(port) {
      const [websocket, polling] = await atUpgrade(port);
      websocket.frame("2probe");
      await websocket.read(/3probe/);
      websocket.frame("5");
      return [websocket, polling];
    },
  },
  {
    name: "on the old connection, behind an upgrade",
    async reach(port) {
      const [websocket, polling] = await atUpgrade(port);
      websocket.frame("2probe");
      await websocket.read(/3probe/);
      websocket.frame("5");
      websocket.frame('42["echo"]');
      await websocket.read(/42\["echo"\]/);
      return [polling, websocket];
    },
  },
  {
    name: "while the server closes the connection",
    async reach(port) {
      const peer = await atWebSocket(port);
      peer.frame('42["close"]');
      return [peer];
    },
  },
];
