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

Deno.test("lines end in LF or CRLF; what is blank, and a CR alone, is no line", () => {
  const rows: [text: string, lines: string[]][] = [
    ["a\nb\n", ["a", "b"]],
    ["a\r\nb", ["a", "b"]],
    ["a\rb\n", ["a\rb"]],
    ["a\r\r\n", ["a\r"]],
    ["\n\r\n \t\n\r\r\n", []],
    [" a \n", [" a "]],
    ["\v\n", ["\v"]],
    ["a", ["a"]],
    ["a\r", ["a"]],
    ["", []],
  ];
  for (const [text, lines] of rows) {
    assert.deepEqual(read([bytes(text)]), lines, JSON.stringify(text));
    const bits = [...bytes(text)].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(read(bits), lines, `${JSON.stringify(text)} in bytes`);
  }
});

Deno.test("a line may be as long as is allowed, its break not counted", () => {
  const rows: [text: string, lines: string[]][] = [
    ["12345\n", ["12345"]],
    ["12345\r\n", ["12345"]],
    ["123456\n", ["too long"]],
    ["123456\r\n", ["too long"]],
    ["12345", ["12345"]],
    ["12345\r", ["12345"]],
    ["123456", ["too long"]],
    ["1234567", ["too long"]],
    ["1234567\na\n", ["too long", "a"]],
    ["1234567\n\na\n", ["too long", "a"]],
    ["       \na\n", ["too long", "a"]],
    ["a\n1234567\nb\n", ["a", "too long", "b"]],
  ];
  for (const [text, lines] of rows) {
    assert.deepEqual(read([bytes(text)], 5), lines, JSON.stringify(text));
    for (const size of [1, 2, 3, 5]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < text.length; at += size) pieces.push(bytes(text.slice(at, at + size)));
      assert.deepEqual(read(pieces, 5), lines, `${JSON.stringify(text)} by ${size}`);
    }
  }
});

Deno.test("a byte order mark is one in front of the first line only, and whole", () => {
  assert.deepEqual(read([bytes("\ufeffa\n\ufeffb\n")]), ["a", "b"], "the decoder drops it");
  const lines: number[][] = [];
  const reader = createLineReader({
    maxBytes: 100,
    onLine: (line) => lines.push([...line]),
    onTooLong: () => assert.fail(),
  });
  reader.push(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x0a, 0xef, 0xbb, 0xbf, 0x62, 0x0a));
  assert.deepEqual(lines, [[0x61], [0xef, 0xbb, 0xbf, 0x62]]);
  for (const other of [[0xee, 0xbb, 0xbf], [0xef, 0xba, 0xbf], [0xef, 0xbb, 0xbe]]) {
    lines.length = 0;
    const next = createLineReader({
      maxBytes: 100,
      onLine: (line) => lines.push([...line]),
      onTooLong: () => assert.fail(),
    });
    next.push(Uint8Array.of(...other, 0x0a));
    assert.deepEqual(lines, [other]);
  }
});

Deno.test("a line is the reader's own, and what took it may keep it", () => {
  const kept: Uint8Array[] = [];
  const reader = createLineReader({
    maxBytes: 100,
    onLine: (line) => kept.push(line),
    onTooLong: () => assert.fail(),
  });
  const piece = bytes("abc\nd");
  reader.push(piece);
  piece.fill(0x78);
  reader.push(bytes("ef\n"));
  assert.deepEqual(kept.map((line) => new TextDecoder().decode(line)), ["abc", "def"]);
});
