import { assert, assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { Packet } from "../../engine_parser/mod.ts";
import { WEBSOCKET_FORMAT } from "../format.ts";
import { control } from "../message.ts";
import type {
  CloseDescription,
  TransportLimit,
  TransportOwner,
} from "./transport.ts";
import { Backlogs } from "./backlog.ts";
import { WebSocketTransport } from "./websocket.ts";

/** A WebSocket whose events a test makes. */
class FakeWebSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  bufferedAmount = 0;
  readonly sent: (string | Uint8Array)[] = [];
  readonly closes: (number | undefined)[] = [];

  send(data: string | Uint8Array): void {
    this.sent.push(typeof data === "string" ? data : data.slice());
  }

  close(code?: number): void {
    this.closes.push(code);
    this.readyState = WebSocket.CLOSING;
  }

  open(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  receive(data: string | Uint8Array<ArrayBuffer>): void {
    this.dispatchEvent(
      new MessageEvent("message", {
        data: typeof data === "string" ? data : data.buffer,
      }),
    );
  }

  fail(message: string): void {
    this.dispatchEvent(new ErrorEvent("error", { message }));
  }

  end(code: number, reason = ""): void {
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new CloseEvent("close", { code, reason }));
  }
}

class FakeOwner implements TransportOwner {
  readonly events: unknown[] = [];
  onPacket(packet: Packet): void {
    this.events.push(packet);
  }
  onLimitExceeded(limit: TransportLimit): void {
    this.events.push(["limit", limit]);
  }
  onPacketError(error: unknown): void {
    this.events.push(["packet error", String(error)]);
  }
  onTransportError(description: CloseDescription): void {
    this.events.push(["transport error", description]);
  }
  onTransportClose(description: CloseDescription): void {
    this.events.push(["transport close", description]);
  }
  onFlush(): void {
    this.events.push("flush");
  }
}

function open(maxHttpBufferSize = 100) {
  const socket = new FakeWebSocket();
  const settled: boolean[] = [];
  const backlogs = new Backlogs();
  const transport = new WebSocketTransport(
    socket as unknown as WebSocket, // what a transport uses of one
    WEBSOCKET_FORMAT,
    { maxHttpBufferSize, backlogs },
    (_transport, isOpen) => settled.push(isOpen),
  );
  const owner = new FakeOwner();
  transport.bind(owner);
  return { socket, settled, transport, owner };
}

Deno.test("WebSocketTransport tells once that it has opened", () => {
  const { socket, settled } = open();
  assertEquals(settled, []);
  socket.open();
  socket.end(1000);
  assertEquals(settled, [true]);
});

Deno.test("WebSocketTransport tells once that it has not opened", () => {
  const { socket, settled } = open();
  socket.fail("refused");
  socket.end(0);
  socket.end(1005);
  assertEquals(settled, [false]);
});

Deno.test("WebSocketTransport reads text and bytes", () => {
  const { socket, owner } = open();
  socket.open();
  socket.receive("4hello");
  socket.receive(Uint8Array.of(1, 2));
  socket.receive("2probe");
  socket.receive("bAQI=");
  assertEquals(owner.events, [
    { type: "message", data: "hello" },
    { type: "message", data: Uint8Array.of(1, 2) },
    { type: "ping", data: "probe" },
    { type: "message", data: Uint8Array.of(1, 2) },
  ]);
});

for (const frame of ["", "x", "7", "b!"]) {
  Deno.test(`WebSocketTransport reports "${frame}" as no packet`, () => {
    const { socket, owner } = open();
    socket.open();
    socket.receive(frame);
    assertEquals((owner.events[0] as string[])[0], "packet error");
  });
}

Deno.test("WebSocketTransport sends the frames of a message in order", () => {
  const { socket, transport, owner } = open();
  socket.open();
  transport.write({ frames: ["a", Uint8Array.of(1), "b"] });
  transport.write(control("2"));
  assertEquals(socket.sent, ["4a", Uint8Array.of(1), "4b", "2"]);
  assertEquals(owner.events, ["flush", "flush"]);
});

Deno.test("WebSocketTransport sends nothing before it opens and after it closes", () => {
  const { socket, transport, owner } = open();
  transport.write(control("2"));
  socket.open();
  transport.close();
  transport.write(control("2"));
  assertEquals(socket.sent, []);
  assertEquals(owner.events, []);
});

Deno.test("WebSocketTransport is writable while it is open and nothing waits", () => {
  const { socket, transport } = open();
  assertFalse(transport.writable);
  socket.open();
  assert(transport.writable);
  socket.bufferedAmount = 7;
  assertFalse(transport.writable);
  assertEquals(transport.bufferedAmount, 7);
});

Deno.test("WebSocketTransport.hasBuffered() counts what has left no more", () => {
  const { socket, transport } = open();
  socket.open();
  const write = () => transport.write({ frames: ["x".repeat(99)] });
  socket.bufferedAmount = 100;
  write();
  assert(transport.hasBuffered(99));
  assertFalse(transport.hasBuffered(100));
  socket.bufferedAmount = 0;
  assertFalse(transport.hasBuffered(99));
  for (let i = 0; i < 100; i++) write();
  assertFalse(transport.hasBuffered(99));
  write();
  socket.bufferedAmount = 200;
  assert(transport.hasBuffered(199));
  assertFalse(transport.hasBuffered(200));
});

/** Writes more than the runtime is given at a time, to a client that reads nothing. */
function overfill(socket: FakeWebSocket, transport: WebSocketTransport): void {
  socket.open();
  transport.write({ frames: ["x".repeat(2 * 1024 * 1024)] });
  socket.bufferedAmount = 2 * 1024 * 1024;
  transport.write({ frames: ["last"] });
}

Deno.test("WebSocketTransport.finish() is done when what it keeps has left", () => {
  using time = new FakeTime();
  const { socket, transport, owner } = open();
  overfill(socket, transport);
  assertEquals(owner.events, ["flush"]);
  assertFalse(transport.writable);
  let done = 0;
  transport.finish(() => done++);
  time.tick(1_000);
  assertEquals(done, 0);
  socket.bufferedAmount = 0;
  time.tick(200);
  assertEquals([done, socket.sent.at(-1)], [1, "4last"]);
  assertEquals(owner.events, ["flush", "flush"]);
  transport.close();
});

for (const end of ["close", "end"] as const) {
  Deno.test(`WebSocketTransport lets go of what it keeps at its ${end}`, () => {
    using time = new FakeTime();
    const { socket, transport } = open();
    overfill(socket, transport);
    let done = 0;
    transport.finish(() => done++);
    if (end === "close") transport.close();
    else socket.end(1006);
    socket.bufferedAmount = 0;
    time.tick(1_000);
    assertEquals([done, socket.sent.length], [0, 1]);
    assertEquals(transport.bufferedAmount, 0);
    assertFalse(time.next());
  });
}

const sizes: [
  name: string,
  data: string | Uint8Array<ArrayBuffer>,
  big: boolean,
][] = [
  ["text of the limit", "4" + "x".repeat(99), false],
  ["text above the limit", "4" + "x".repeat(100), true],
  [
    "text of two bytes a character within the limit",
    "4" + "é".repeat(49),
    false,
  ],
  ["text of two bytes a character above the limit", "4" + "é".repeat(50), true],
  [
    "text of three bytes a character within the limit",
    "4" + "€".repeat(33),
    false,
  ],
  [
    "text of three bytes a character above the limit",
    "4" + "€".repeat(34),
    true,
  ],
  [
    "text of four bytes a character within the limit",
    "4xxx" + "🦕".repeat(24),
    false,
  ],
  [
    "text of four bytes a character above the limit",
    "4xxx" + "🦕".repeat(25),
    true,
  ],
  ["bytes of the limit", new Uint8Array(100), false],
  ["bytes above the limit", new Uint8Array(101), true],
];

for (const [name, data, big] of sizes) {
  Deno.test(`WebSocketTransport ${big ? "refuses" : "takes"} ${name}`, () => {
    const { socket, owner } = open();
    socket.open();
    socket.receive(data);
    if (big) {
      assertEquals(socket.closes, [1009]);
      assertEquals(owner.events, [["limit", "maxHttpBufferSize"], [
        "transport error",
        {
          description: "message is larger than maxHttpBufferSize",
          context: { length: data.length },
        },
      ]]);
    } else {
      assertEquals(owner.events.length, 1);
      assertEquals(socket.closes, []);
      assertEquals((owner.events[0] as Packet).type, "message");
    }
  });
}

Deno.test("WebSocketTransport tells of an end in order", () => {
  const { socket, owner } = open();
  socket.open();
  socket.end(1001, "bye");
  assertEquals(owner.events, [["transport close", {
    description: "websocket connection closed",
    context: { code: 1001, reason: "bye" },
  }]]);
});

for (
  const message of ["Unexpected EOF", "Connection reset by peer", "Broken pipe"]
) {
  Deno.test(`WebSocketTransport takes "${message}" for the end of the connection`, () => {
    const { socket, owner } = open();
    socket.open();
    socket.fail(message);
    assertEquals(owner.events, []);
    socket.end(0);
    assertEquals(owner.events, [["transport close", {
      description: message,
      context: { code: 0, reason: "" },
    }]]);
  });
}

Deno.test("WebSocketTransport tells of a broken rule", () => {
  const { socket, owner } = open();
  socket.open();
  socket.fail("Frame too large");
  socket.end(0);
  assertEquals(owner.events, [["transport error", {
    description: "Frame too large",
    context: { code: 0, reason: "" },
  }]]);
});

Deno.test("WebSocketTransport tells of its end once", () => {
  const { socket, owner } = open();
  socket.open();
  socket.end(1001);
  socket.end(1005);
  assertEquals(owner.events.length, 1);
});

Deno.test("WebSocketTransport calls no owner after close()", () => {
  const { socket, transport, owner } = open();
  socket.open();
  transport.close();
  socket.receive("4late");
  socket.receive("x");
  socket.fail("late");
  socket.end(1005);
  transport.close();
  assertEquals(owner.events, []);
  assertEquals(socket.closes, [undefined]);
});

Deno.test("WebSocketTransport.finish() is done at once", () => {
  const { socket, transport } = open();
  socket.open();
  let done = 0;
  transport.finish(() => done++);
  assertEquals(done, 1);
});
