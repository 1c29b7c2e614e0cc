import { assertEquals } from "@std/assert";
import { LastSeqs } from "./last_seqs.ts";

Deno.test("LastSeqs.isRepeated() tells what comes again, by sender", () => {
  const seqs = new LastSeqs();
  const entries: [uid: string, seq: string | undefined, repeated: boolean][] = [
    ["a", "1", false],
    ["a", "1", true],
    ["b", "1", false],
    ["a", "3", false],
    ["a", "2", true],
    ["a", undefined, false],
    ["a", undefined, false],
  ];
  for (const [uid, seq, repeated] of entries) {
    const entry = { id: "1-0", uid, ...seq === undefined ? {} : { seq } };
    assertEquals(seqs.isRepeated(entry), repeated, `${uid} ${seq}`);
  }
});

Deno.test("LastSeqs forgets the sender that it has known for longest, beyond a thousand", () => {
  const seqs = new LastSeqs();
  const isRepeated = (uid: number) =>
    seqs.isRepeated({ id: "1-0", uid: `${uid}`, seq: "1" });
  for (let i = 0; i <= 1_000; i++) isRepeated(i);
  assertEquals([isRepeated(1_000), isRepeated(1), isRepeated(0)], [
    true,
    true,
    false,
  ]);
});
