import {
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import { DecodeError } from "./errors.ts";
import { JsonCodec, type JsonCodecOptions } from "./json_codec.ts";
import { type Packet, PacketType } from "./packet.ts";

const { CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR } = PacketType;
type Frames = (string | Uint8Array)[];

function encode(packet: Packet, options?: JsonCodecOptions): Frames {
  return [...new JsonCodec(options).encode(packet).frames];
}

/** Decodes frames which are one packet. */
function decode(
  frames: Frames,
  options?: JsonCodecOptions,
): Packet | undefined {
  const decoder = new JsonCodec(options).createDecoder();
  let packet: Packet | undefined;
  for (const [index, frame] of frames.entries()) {
    packet = decoder.add(frame);
    if (index < frames.length - 1) assertEquals(packet, undefined);
  }
  return packet;
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const slot = (num: number) => `{"_placeholder":true,"num":${num}}`;

/** What reads and writes the same either way. */
const packets: Record<string, [frames: Frames, packet: Packet]> = {
  "CONNECT": [["0"], { type: CONNECT, nsp: "/" }],
  "CONNECT with credentials": [
    ['0{"token":"x"}'],
    { type: CONNECT, nsp: "/", data: { token: "x" } },
  ],
  "CONNECT to a namespace": [["0/admin,"], { type: CONNECT, nsp: "/admin" }],
  "CONNECT to a namespace with credentials": [
    ['0/admin,{"t":1}'],
    { type: CONNECT, nsp: "/admin", data: { t: 1 } },
  ],
  "DISCONNECT": [["1"], { type: DISCONNECT, nsp: "/" }],
  "DISCONNECT of a namespace": [
    ["1/admin,"],
    { type: DISCONNECT, nsp: "/admin" },
  ],
  "EVENT": [['2["a",1]'], { type: EVENT, nsp: "/", data: ["a", 1] }],
  "EVENT with an id": [
    ['212["a"]'],
    { type: EVENT, nsp: "/", data: ["a"], id: 12 },
  ],
  "EVENT with id 0": [
    ['20["a"]'],
    { type: EVENT, nsp: "/", data: ["a"], id: 0 },
  ],
  "EVENT of a namespace with an id": [
    ['2/admin,7["a"]'],
    { type: EVENT, nsp: "/admin", data: ["a"], id: 7 },
  ],
  "EVENT named by a number": [["2[5]"], { type: EVENT, nsp: "/", data: [5] }],
  "EVENT with all of JSON": [
    ['2["a",null,true,-1.5e+30,"€🦕\\u0000\\"",[],{"b":{"c":[1]}}]'],
    {
      type: EVENT,
      nsp: "/",
      data: ["a", null, true, -1.5e30, '€🦕\0"', [], { b: { c: [1] } }],
    },
  ],
  "EVENT with a lone surrogate": [
    ['2["a","\\ud800"]'],
    { type: EVENT, nsp: "/", data: ["a", "\ud800"] },
  ],
  "EVENT of a namespace with odd characters": [
    ['2/a?b=1&c[]{}"-5,["a"]'],
    { type: EVENT, nsp: '/a?b=1&c[]{}"-5', data: ["a"] },
  ],
  "EVENT of a namespace named __proto__": [
    ['2/__proto__,["a"]'],
    { type: EVENT, nsp: "/__proto__", data: ["a"] },
  ],
  "ACK": [["33[]"], { type: ACK, nsp: "/", data: [], id: 3 }],
  "ACK of a namespace": [
    ['3/admin,456["x"]'],
    { type: ACK, nsp: "/admin", data: ["x"], id: 456 },
  ],
  "CONNECT_ERROR": [
    ['4{"message":"no"}'],
    { type: CONNECT_ERROR, nsp: "/", data: { message: "no" } },
  ],
  "CONNECT_ERROR with text": [
    ['4/admin,"no"'],
    { type: CONNECT_ERROR, nsp: "/admin", data: "no" },
  ],
  "EVENT with bytes": [
    [`51-["a",${slot(0)}]`, bytes(1, 2)],
    { type: EVENT, nsp: "/", data: ["a", bytes(1, 2)] },
  ],
  "EVENT with empty bytes": [
    [`51-["a",${slot(0)}]`, bytes()],
    { type: EVENT, nsp: "/", data: ["a", bytes()] },
  ],
  "EVENT with bytes at several depths": [
    [
      `53-/admin,8["a",{"b":[${slot(0)},{"c":${slot(1)}}]},${slot(2)}]`,
      bytes(1),
      bytes(2),
      bytes(3),
    ],
    {
      type: EVENT,
      nsp: "/admin",
      data: ["a", { b: [bytes(1), { c: bytes(2) }] }, bytes(3)],
      id: 8,
    },
  ],
  "EVENT with ten attachments": [
    [
      `510-["a",${Array.from({ length: 10 }, (_, num) => slot(num))}]`,
      ...Array.from({ length: 10 }, (_, num) => bytes(num)),
    ],
    {
      type: EVENT,
      nsp: "/",
      data: ["a", ...Array.from({ length: 10 }, (_, num) => bytes(num))],
    },
  ],
  "ACK with bytes": [
    [`61-/admin,456[${slot(0)}]`, bytes(3, 2, 1)],
    { type: ACK, nsp: "/admin", data: [bytes(3, 2, 1)], id: 456 },
  ],
};

/** The decoder names an id in any event or answer. */
function withId(packet: Packet): Packet {
  return { id: undefined, data: undefined, ...packet } as Packet; // its own fields win
}

for (const [name, [frames, packet]] of Object.entries(packets)) {
  Deno.test(`JsonCodec.encode() writes ${name}`, () => {
    assertEquals(encode(packet), frames);
  });
  Deno.test(`JsonCodec reads ${name}`, () => {
    assertEquals(withId(decode(frames)!), withId(packet));
  });
}

const lenient: Record<string, [frames: Frames, packet: Packet]> = {
  "a namespace that ends with the frame": [
    ["0/admin"],
    { type: CONNECT, nsp: "/admin" },
  ],
  "the main namespace written out": [
    ['2/,["a"]'],
    { type: EVENT, nsp: "/", data: ["a"] },
  ],
  "an EVENT without a payload": [["2"], { type: EVENT, nsp: "/", data: [] }],
  "an EVENT with an id alone": [
    ["25"],
    { type: EVENT, nsp: "/", data: [], id: 5 },
  ],
  "an ACK without a payload": [
    ["31"],
    { type: ACK, nsp: "/", data: [], id: 1 },
  ],
  "an id with zeros in front": [
    ['2007["a"]'],
    { type: EVENT, nsp: "/", data: ["a"], id: 7 },
  ],
  "an attachment count with zeros in front": [
    [`5001-["a",${slot(0)}]`, bytes(1)],
    { type: EVENT, nsp: "/", data: ["a", bytes(1)] },
  ],
  "an attachment that nothing refers to": [
    ['51-["a"]', bytes(1)],
    { type: EVENT, nsp: "/", data: ["a"] },
  ],
  "an attachment that is used twice": [
    [`51-["a",${slot(0)},${slot(0)}]`, bytes(1)],
    { type: EVENT, nsp: "/", data: ["a", bytes(1), bytes(1)] },
  ],
  "attachments in another order": [
    [`52-["a",${slot(1)},${slot(0)}]`, bytes(1), bytes(2)],
    { type: EVENT, nsp: "/", data: ["a", bytes(2), bytes(1)] },
  ],
  "a placeholder in a packet without attachments": [
    [`2["a",${slot(0)}]`],
    { type: EVENT, nsp: "/", data: ["a", { _placeholder: true, num: 0 }] },
  ],
  "what only looks like a placeholder": [
    ['51-["a",{"_placeholder":1,"num":"splice"}]', bytes(1)],
    { type: EVENT, nsp: "/", data: ["a", { _placeholder: 1, num: "splice" }] },
  ],
  "an event named error": [
    ['2["error"]'],
    { type: EVENT, nsp: "/", data: ["error"] },
  ],
};

for (const [name, [frames, packet]] of Object.entries(lenient)) {
  Deno.test(`JsonCodec reads ${name}`, () => {
    assertEquals(withId(decode(frames)!), withId(packet));
  });
}

const refused: Record<string, [frame: string, problem: string]> = {
  "an empty frame": ["", 'unknown type ""'],
  "type 7": ["7", 'unknown type "7"'],
  "a letter": ["x", 'unknown type "x"'],
  "a sign": ['-2["a"]', 'unknown type "-"'],
  "a digit of another script": ["٢", 'unknown type "٢"'],
  "JSON that is cut short": ['2["a"', "invalid JSON"],
  "JSON with text behind it": ['2["a"]x', "invalid JSON"],
  "a negative id": ['2-1["a"]', "invalid JSON"],
  "an id with a fraction": ['21.5["a"]', "invalid JSON"],
  "a single bracket": ["2[", "invalid JSON"],
  "CONNECT with an array": ["0[]", "invalid payload"],
  "CONNECT with text": ['0"x"', "invalid payload"],
  "CONNECT with null": ["0null", "invalid payload"],
  "DISCONNECT with data": ["1{}", "invalid payload"],
  "EVENT with an object": ["2{}", "invalid payload"],
  "EVENT with text": ['2"a"', "invalid payload"],
  "EVENT with null": ["2null", "invalid payload"],
  "EVENT without a name": ["2[]", "invalid payload"],
  "EVENT named by an object": ['2[{"toString":"x"}]', "invalid payload"],
  "EVENT named by an array": ['2[["a"]]', "invalid payload"],
  "EVENT named by null": ["2[null]", "invalid payload"],
  "EVENT named by true": ["2[true]", "invalid payload"],
  "EVENT named by bytes": [`51-[${slot(0)}]`, "invalid payload"],
  "EVENT named connect": ['2["connect"]', "invalid payload"],
  "EVENT named connect_error": ['2["connect_error"]', "invalid payload"],
  "EVENT named disconnect": ['2["disconnect"]', "invalid payload"],
  "EVENT named disconnecting": ['2["disconnecting"]', "invalid payload"],
  "EVENT named newListener": ['2["newListener"]', "invalid payload"],
  "EVENT named removeListener": ['2["removeListener"]', "invalid payload"],
  "EVENT with bytes named disconnect": [
    `51-["disconnect",${slot(0)}]`,
    "invalid payload",
  ],
  "ACK with an object": ["31{}", "invalid payload"],
  "CONNECT_ERROR without data": ["4", "invalid payload"],
  "CONNECT_ERROR with an array": ["4[]", "invalid payload"],
  "attachments without a count": ['5-["a"]', "bad attachment count"],
  "attachments without a dash": ['51["a"]', "bad attachment count"],
  "attachments without anything": ["5", "bad attachment count"],
  "attachments with a count alone": ["51", "bad attachment count"],
  "0 attachments": ['50-["a"]', "bad attachment count"],
  "-1 attachments": ['5-1-["a"]', "bad attachment count"],
  "1.5 attachments": ['51.5-["a"]', "bad attachment count"],
  "1e1 attachments": ['51e1-["a"]', "bad attachment count"],
  "a count beyond all numbers": [
    `5${"9".repeat(400)}-["a"]`,
    "too many attachments: more than 10",
  ],
  "11 attachments": ['511-["a"]', "too many attachments: more than 10"],
  "9999999 attachments": [
    '59999999-["a"]',
    "too many attachments: more than 10",
  ],
};
for (const [name, [frame, problem]] of Object.entries(refused)) {
  Deno.test(`JsonCodec refuses ${name}`, () => {
    const error = assertThrows(() => decode([frame]), DecodeError);
    assertEquals(error.message, `Cannot decode packet: ${problem}`);
    assertEquals(error.name, "DecodeError");
    assertEquals(error.frame, frame);
  });
}

const placeholders = [
  '"0"',
  '"splice"',
  '"length"',
  '"__proto__"',
  "-1",
  "1",
  "1.5",
  "1e400",
  "null",
  "true",
  "{}",
  "[0]",
];

for (const num of placeholders) {
  Deno.test(`JsonCodec refuses a placeholder of number ${num}`, () => {
    assertThrows(
      () => decode([`51-["a",{"_placeholder":true,"num":${num}}]`, bytes(1)]),
      DecodeError,
      "illegal attachments",
    );
  });
}

Deno.test("JsonCodec refuses a placeholder without a number", () => {
  assertThrows(
    () => decode(['51-["a",{"_placeholder":true}]', bytes(1)]),
    DecodeError,
    "illegal attachments",
  );
});

Deno.test("JsonCodec refuses text where an attachment is due", () => {
  const decoder = new JsonCodec().createDecoder();
  decoder.add(`52-["a",${slot(0)},${slot(1)}]`);
  decoder.add(bytes(1));
  assertThrows(
    () => decoder.add('2["a"]'),
    DecodeError,
    "text where an attachment is due",
  );
});

Deno.test("JsonCodec refuses an attachment of no packet", () => {
  const decoder = new JsonCodec().createDecoder();
  const refuse = () =>
    assertThrows(
      () => decoder.add(bytes(1)),
      DecodeError,
      "attachment of no packet",
    );
  refuse();
  decoder.add('2["a"]');
  refuse();
  decoder.add(`51-["a",${slot(0)}]`);
  decoder.add(bytes(1));
  refuse();
});

Deno.test("JsonCodec keeps no attachment beyond those announced", () => {
  const decoder = new JsonCodec().createDecoder();
  assertThrows(() => decoder.add('50-["a"]'), DecodeError);
  for (let i = 0; i < 10; i++) {
    assertThrows(() => decoder.add(bytes(1)), DecodeError);
  }
});

Deno.test("JsonCodec's decoders share nothing", () => {
  const codec = new JsonCodec();
  const [first, second] = [codec.createDecoder(), codec.createDecoder()];
  assertEquals(first.add(`51-["a",${slot(0)}]`), undefined);
  assertEquals(second.add('2["b"]')?.data, ["b"]);
  assertEquals(first.add(bytes(1))?.data, ["a", bytes(1)]);
});

Deno.test("JsonCodec accepts maxAttachments and no more", () => {
  const options = { maxAttachments: 12 };
  const data = ["a", ...Array.from({ length: 12 }, (_, num) => bytes(num))];
  const frames = encode({ type: EVENT, nsp: "/", data });
  assertEquals(decode(frames, options)?.data, data);
  assertThrows(
    () => decode(['513-["a"]'], options),
    DecodeError,
    "too many attachments: more than 12",
  );
});

Deno.test("JsonCodec passes data through its replacer and reviver", () => {
  const options: JsonCodecOptions = {
    replacer: (_key, value) =>
      typeof value === "bigint" ? { big: String(value) } : value,
    reviver: (_key, value) =>
      typeof value === "object" && value !== null && "big" in value
        ? BigInt(String(value.big))
        : value,
  };
  const data = ["a", 1n, { b: [2n] }, bytes(3)];
  const frames = encode({ type: EVENT, nsp: "/", data }, options);
  assertEquals(
    frames[0],
    `51-["a",{"big":"1"},{"b":[{"big":"2"}]},${slot(0)}]`,
  );
  assertEquals(decode(frames, options)?.data, data);
});

Deno.test("JsonCodec reports a reviver that throws as a DecodeError", () => {
  const cause = new Error("reviver");
  const reviver = () => {
    throw cause;
  };
  const error = assertThrows(
    () => decode(['2["a"]'], { reviver }),
    DecodeError,
  );
  assertEquals(error.cause, cause);
});

Deno.test("JsonCodec reads ids that no number holds exactly", () => {
  for (const digits of ["9007199254740993", "9".repeat(30), "9".repeat(400)]) {
    const packet = decode([`2${digits}["a"]`]);
    assertEquals(packet?.data, ["a"]);
  }
});

Deno.test("JsonCodec reads long frames in a time that grows with their length", () => {
  const long = 1_000_000;
  assertThrows(() => decode([`5${"1".repeat(long)}`]), DecodeError);
  assertEquals(decode([`0/${"n".repeat(long)}`])?.nsp.length, long + 1);
  assertEquals(decode([`2${"1".repeat(long)}["a"]`])?.data, ["a"]);
  assertThrows(() => decode([`2${"[".repeat(long)}`]), DecodeError);
});

Deno.test("JsonCodec.encode() holds nothing of too deep data by its error", () => {
  let deep: unknown = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const { stack = "" } = assertThrows(
    () => new JsonCodec().encode({ type: EVENT, nsp: "/", data: ["x", deep] }),
    RangeError,
  );
  // Functions that were called on a part of it would hold it.
  assertFalse(stack.includes("hasBinary"), stack);
});

Deno.test("JsonCodec survives data that is nested deeply", () => {
  const depth = 200_000;
  const nested = "[".repeat(depth) + "]".repeat(depth);
  for (
    const frames of [[`2["a",${nested}]`], [`51-["a",${nested}]`, bytes(1)]]
  ) {
    try {
      assertEquals((decode(frames)?.data as unknown[])[0], "a");
    } catch (error) {
      assertInstanceOf(error, DecodeError);
    }
  }
});

Deno.test("JsonCodec keeps a __proto__ key as data", () => {
  const text = '{"__proto__":{"polluted":true},"x":1}';
  for (const frames of [[`2["a",${text}]`], [`51-["a",${text}]`, bytes(1)]]) {
    const value = (decode(frames)?.data as unknown[])[1] as object; // sent as one
    assertEquals(Object.getPrototypeOf(value), Object.prototype);
    assertEquals(Object.hasOwn(value, "__proto__"), true);
    assertFalse("polluted" in value);
    assertEquals(JSON.stringify(value), text);
  }
});

Deno.test("JsonCodec.encode() leaves the data as it was", () => {
  const inner = Object.freeze({ b: bytes(1), date: new Date(0) });
  const list = Object.freeze([inner, bytes(2)]);
  const data = Object.freeze(["a", list, { toJSON: () => ({ c: bytes(3) }) }]);
  const [text, ...attachments] = encode({ type: EVENT, nsp: "/", data });
  assertEquals(
    text,
    `53-["a",[{"b":${slot(0)},"date":"1970-01-01T00:00:00.000Z"},${
      slot(1)
    }],{"c":${slot(2)}}]`,
  );
  assertEquals(attachments, [bytes(1), bytes(2), bytes(3)]);
  assertEquals(inner.b, bytes(1));
  assertEquals(list[1], bytes(2));
});

Deno.test("JsonCodec.encode() writes each kind of bytes by its own range", () => {
  const { buffer } = bytes(
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
  );
  const kinds: [data: unknown, expected: number[]][] = [
    [buffer.slice(2, 4), [2, 3]],
    [new Uint8Array(buffer, 1, 2), [1, 2]],
    [new DataView(buffer, 3, 1), [3]],
    [new Uint16Array(buffer, 2, 1), [2, 3]],
    [new Float64Array(buffer, 8, 1), [8, 9, 10, 11, 12, 13, 14, 15]],
    [new Uint8ClampedArray(buffer, 4, 1), [4]],
    [new ArrayBuffer(0), []],
  ];
  for (const [data, expected] of kinds) {
    const frames = encode({ type: EVENT, nsp: "/", data: ["a", data] });
    assertEquals(frames, [`51-["a",${slot(0)}]`, bytes(...expected)]);
  }
});

Deno.test("JsonCodec.encode() heeds toJSON() as JSON does", () => {
  class Point {
    constructor(readonly x: number) {}
    toJSON() {
      return { x: this.x };
    }
  }
  const data = ["a", new Point(1), { at: new Date(0) }, bytes(1)];
  assertEquals(
    encode({ type: EVENT, nsp: "/", data })[0],
    `51-["a",{"x":1},{"at":"1970-01-01T00:00:00.000Z"},${slot(0)}]`,
  );
  assertEquals(
    encode({ type: EVENT, nsp: "/", data: data.slice(0, 3) })[0],
    '2["a",{"x":1},{"at":"1970-01-01T00:00:00.000Z"}]',
  );
});

Deno.test("JsonCodec.encode() calls no toJSON() of what a toJSON() returned", () => {
  class Money {
    constructor(readonly amount: number) {}
    /** JSON writes what this returns as it is. */
    toJSON(): Money {
      return new Money(this.amount);
    }
  }
  assertEquals(
    encode({ type: EVENT, nsp: "/", data: ["a", new Money(1)] }),
    ['2["a",{"amount":1}]'],
  );
});

const unwritable: Record<string, () => unknown> = {
  "a bigint": () => 1n,
  "a circle": () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    return circle;
  },
  "a circle beside bytes": () => {
    const circle: unknown[] = [bytes(1)];
    circle.push(circle);
    return circle;
  },
};

for (const [name, make] of Object.entries(unwritable)) {
  Deno.test(`JsonCodec.encode() throws a TypeError for ${name}`, () => {
    assertThrows(
      () => encode({ type: EVENT, nsp: "/", data: ["a", make()] }),
      TypeError,
    );
  });
}

Deno.test("JsonCodec.encode() writes what JSON has no form for as null, or not at all", () => {
  const data = ["a", undefined, () => {}, NaN, { b: undefined, c: 1 }];
  assertEquals(encode({ type: EVENT, nsp: "/", data }), [
    '2["a",null,null,null,{"c":1}]',
  ]);
});
