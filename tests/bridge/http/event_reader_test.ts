import assert from "node:assert/strict";
import { createEventReader, type StreamEvent } from "../../../src/bridge/http/event_reader.ts";
import { seededRandom } from "../seeded_random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function read(pieces: readonly Uint8Array[], maxBytes = 1 << 20) {
  const events: (Omit<StreamEvent, "data"> & { data: string })[] = [];
  const retries: number[] = [];
  let tooLong = 0;
  const reader = createEventReader({
    maxBytes,
    onEvent: (event) => events.push({ ...event, data: new TextDecoder().decode(event.data) }),
    onTooLong: () => tooLong++,
    onRetry: (milliseconds) => retries.push(milliseconds),
  });
  // As in the program, what was taken is overwritten by what comes next.
  const buffer = new Uint8Array(Math.max(0, ...pieces.map(({ length }) => length)));
  for (const piece of pieces) {
    buffer.fill(0x78);
    buffer.set(piece);
    reader.push(buffer.subarray(0, piece.length));
  }
  reader.end();
  return { events, retries, tooLong };
}

const plain = (data: string, id?: string) => ({ type: "message", id, data, isCut: false });

Deno.test("any events, cut anywhere, with any line ends, come out the same", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed);
    const expected = [];
    let text = random.below(2) ? "\ufeff" : "";
    // Mixing them would make a CR and the LF of a blank line one line end.
    const end = random.pick(["\n", "\r\n", "\r"]);
    for (let left = random.below(10); left > 0; left--) {
      const lines = Array.from(
        { length: 1 + random.below(3) },
        () =>
          Array.from({ length: random.below(20) }, () => random.pick([..."a: é\u2028😀{}"])).join(
            "",
          ),
      );
      const id = random.pick([undefined, "", "1", "é"]);
      const type = random.pick([undefined, "message", "endpoint"]);
      const fields = lines.map((line) =>
        `data:${random.below(2) || line.startsWith(" ") ? " " : ""}${line}`
      );
      if (id !== undefined) fields.push(`id: ${id}`);
      if (type !== undefined) fields.unshift(`event: ${type}`);
      if (random.below(2)) fields.splice(random.below(fields.length), 0, ": comment");
      if (random.below(2)) fields.splice(random.below(fields.length), 0, "unknown: field");
      text += fields.map((field) => field + end).join("") + end;
      expected.push({ type: type ?? "message", id, data: lines.join("\n"), isCut: false });
    }
    assert.deepEqual(read(random.cut(bytes(text))).events, expected, `seed ${seed}`);
  }
});

Deno.test("an event that only names an id counts, a retry without an event too", () => {
  const { events, retries } = read([
    bytes("id: 7\ndata:\n\nretry: 1500\n\nretry: soon\nid: 8\n\n"),
  ]);
  assert.deepEqual(events, [plain("", "7"), plain("", "8")]);
  assert.deepEqual(retries, [1500]);
});

Deno.test("an id with a NUL is ignored", () => {
  assert.deepEqual(read([bytes("id: a\0b\ndata: x\n\n")]).events, [plain("x")]);
});

Deno.test("what the stream ends in is marked as cut", () => {
  assert.deepEqual(read([bytes("id: 1\ndata: x\n\nid: 2\ndata: y")]).events, [
    plain("x", "1"),
    { ...plain("y", "2"), isCut: true },
  ]);
  assert.deepEqual(read([bytes("id: 1\n")]).events, []);
});

Deno.test("an event longer than allowed is skipped and told once", () => {
  for (let seed = 0; seed < 100; seed++) {
    const text = `data: ${"a".repeat(10)}\n\ndata: ${"b".repeat(11)}\n\n` +
      `data: ${"c".repeat(600)}\nid: 3\n\n: ${"d".repeat(600)}\ndata: 56789\ndata: 1234\n\n` +
      `data: 567890\ndata: 1234\n\n`;
    const { events, tooLong } = read(seededRandom(seed).cut(bytes(text)), 10);
    assert.deepEqual(
      events.map(({ data }) => data),
      ["a".repeat(10), "56789\n1234"],
      `seed ${seed}`,
    );
    assert.equal(tooLong, 3, `seed ${seed}`);
  }
});

Deno.test("reading takes time linear in the length of one line", () => {
  // Quadratic work would take minutes here: 4 million pieces of one line.
  const piece = bytes("0123456789abcdef");
  const reader = createEventReader({
    maxBytes: 1 << 27,
    onEvent: ({ data }) => assert.equal(data.length, (1 << 22) * 16),
    onTooLong: () => assert.fail(),
  });
  reader.push(bytes("data:"));
  for (let i = 0; i < 1 << 22; i++) reader.push(piece);
  reader.push(bytes("\n\n"));
});

Deno.test("both ends of what is skipped are told, however it is cut", () => {
  const text = new TextDecoder();
  const cases: [string, string][] = [
    ["data: HEAD" + "x".repeat(5000) + "TAIL\n\n", "one line"],
    ["data: HEAD\n" + `data: ${"x".repeat(300)}\n`.repeat(20) + "data: TAIL\n\n", "many lines"],
    ["data: HEAD\ndata:" + "x".repeat(5000) + "TAIL\n\n", "a long line behind a short one"],
  ];
  for (const [stream, what] of cases) {
    for (const size of [1, 7, 512, 10_000]) {
      const cuts: string[][] = [];
      const reader = createEventReader({
        maxBytes: 1000,
        onEvent: () => assert.fail(),
        onTooLong: ({ head, tail }) => cuts.push([text.decode(head), text.decode(tail)]),
      });
      for (let at = 0; at < stream.length; at += size) {
        reader.push(bytes(stream.slice(at, at + size)));
      }
      reader.end();
      assert.equal(cuts.length, 1, what);
      const [head, tail] = cuts[0];
      assert(
        head.startsWith("HEAD") && head.length <= 512,
        `${what}, ${size}: ${head.slice(0, 20)}`,
      );
      assert(tail.endsWith("TAIL") && tail.length <= 512, `${what}, ${size}: ${tail.slice(-20)}`);
    }
  }
});
