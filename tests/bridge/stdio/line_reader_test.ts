import assert from "node:assert/strict";
import { createLineReader } from "../../../src/bridge/stdio/line_reader.ts";
import { seededRandom } from "../seeded_random.ts";

function read(pieces: readonly Uint8Array[], maxBytes = 1 << 20) {
  const lines: string[] = [];
  const reader = createLineReader({
    maxBytes,
    onLine: (line) => lines.push(new TextDecoder().decode(line)),
    onTooLong: () => lines.push("too long"),
  });
  // As in the program, what was taken is overwritten by what comes next.
  const buffer = new Uint8Array(Math.max(0, ...pieces.map(({ length }) => length)));
  for (const piece of pieces) {
    buffer.fill(0x78);
    buffer.set(piece);
    reader.push(buffer.subarray(0, piece.length));
  }
  reader.end();
  return lines;
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("any lines, cut anywhere, come out the same", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed);
    const lines = Array.from(
      { length: random.below(20) },
      () =>
        Array.from(
          { length: random.below(30) },
          () => random.pick(["a", "é", "\u2028", "😀", "\r", "\\n", " ", "\0"]),
        ).join("") + "x",
    );
    const text = lines.map((line) => line + random.pick(["\n", "\r\n", "\n\n", "\n \t\r\n"])).join(
      "",
    );
    const last = random.below(2) ? text : text.replace(/\s+$/, "");
    assert.deepEqual(read(random.cut(bytes(last))), lines, `seed ${seed}`);
  }
});

Deno.test("a line longer than allowed is skipped and told once", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed);
    const text = `${"a".repeat(10)}\n${"b".repeat(11)}\r\n${"c".repeat(10)}\r\n${"d".repeat(500)}`;
    assert.deepEqual(
      read(random.cut(bytes(text)), 10),
      ["a".repeat(10), "too long", "c".repeat(10), "too long"],
      `seed ${seed}`,
    );
  }
});

Deno.test("a byte order mark in front is dropped", () => {
  for (let seed = 0; seed < 20; seed++) {
    assert.deepEqual(read(seededRandom(seed).cut(bytes("\ufeffa\nb\n"))), ["a", "b"]);
  }
});
