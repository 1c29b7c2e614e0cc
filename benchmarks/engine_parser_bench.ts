import {
  decodePacket,
  decodePayload,
  encodePacket,
  encodePayload,
} from "@deno-socketio/server/engine-parser";

for (const size of [20, 1_024, 65_536]) {
  const text = "x".repeat(size);
  const bytes = new Uint8Array(size).fill(7);
  const frame = `4${text}`;
  const base64 = encodePacket({ type: "message", data: bytes }, { text: true });

  Deno.bench(
    `encodePacket() text, ${size} B`,
    { group: "encodePacket" },
    () => {
      encodePacket({ type: "message", data: text });
    },
  );
  Deno.bench(
    `encodePacket() base64, ${size} B`,
    { group: "encodePacket" },
    () => {
      encodePacket({ type: "message", data: bytes }, { text: true });
    },
  );
  Deno.bench(
    `decodePacket() text, ${size} B`,
    { group: "decodePacket" },
    () => {
      decodePacket(frame);
    },
  );
  Deno.bench(
    `decodePacket() base64, ${size} B`,
    { group: "decodePacket" },
    () => {
      decodePacket(base64);
    },
  );
}

for (const count of [1, 100, 10_000]) {
  const packets = Array.from(
    { length: count },
    () => ({ type: "message", data: "hello" }) as const,
  );
  const payload = encodePayload(packets);

  Deno.bench(`encodePayload() ${count} packets`, { group: "payload" }, () => {
    encodePayload(packets);
  });
  Deno.bench(`decodePayload() ${count} packets`, { group: "payload" }, () => {
    for (const _packet of decodePayload(payload));
  });
}
