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

Deno.test("fields are those of the standard, each by its whole name", () => {
  const rows: [text: string, expected: ReturnType<typeof read>["events"]][] = [
    ["data\n\n", [plain("")]],
    ["data:\n\n", [plain("")]],
    ["data:x\n\n", [plain("x")]],
    ["data: x\n\n", [plain("x")]],
    ["data:  x\n\n", [plain(" x")]],
    ["data: x:y\n\n", [plain("x:y")]],
    ["data\ndata\n\n", [plain("\n")]],
    ["data:x\ndata\n\n", [plain("x\n")]],
    ["datax: x\ndat: x\nDATA: x\n data: x\n\n", []],
    [":data: x\n\n", []],
    ["id\ndata: x\n\n", [plain("x", "")]],
    ["id: 1\nid: 2\ndata: x\n\n", [plain("x", "2")]],
    ["idx: 1\ndata: x\n\n", [plain("x")]],
    ["event: a\ndata: x\n\ndata: y\n\n", [{ ...plain("x"), type: "a" }, plain("y")]],
    ["event: a\n\ndata: y\n\n", [plain("y")]],
    ["event\ndata: x\n\n", [plain("x")]],
    ["\n\n\n", []],
    ["id: 1\ndata: x\n\ndata: y\n\n", [plain("x", "1"), plain("y")]],
  ];
  for (const [text, expected] of rows) {
    assert.deepEqual(read([bytes(text)]).events, expected, JSON.stringify(text));
    const bits = [...bytes(text)].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(read(bits).events, expected, `${JSON.stringify(text)} in bytes`);
  }
});

Deno.test("a pause is a number and nothing else", () => {
  const { retries } = read([
    bytes(
      "retry: 5\nretry:6\nretry: 7x\nretry: x8\nretry: -9\nretry: 1.5\nretry:\nretry\nretryx: 1\n",
    ),
  ]);
  assert.deepEqual(retries, [5, 6]);
});

Deno.test("a byte order mark is one in front of the stream only", () => {
  const mark = [0xef, 0xbb, 0xbf];
  const streamOf = (...parts: (number[] | string)[]) =>
    Uint8Array.from(parts.flatMap((part) => typeof part === "string" ? [...bytes(part)] : part));
  assert.deepEqual(read([streamOf(mark, "data: x\n\n")]).events, [plain("x")]);
  assert.deepEqual(read([streamOf("data: x\n\n", mark, "data: y\n\n")]).events, [plain("x")]);
  assert.deepEqual(read([streamOf(mark, mark, "data: x\n\n")]).events, []);
  for (const other of [[0xee, 0xbb, 0xbf], [0xef, 0xba, 0xbf], [0xef, 0xbb, 0xbe]]) {
    assert.deepEqual(read([streamOf(other, "data: x\n\n")]).events, []);
  }
});

Deno.test("line ends are LF, CRLF and CR, wherever the stream is cut", () => {
  for (
    const text of [
      "data: x\r\n\r\n",
      "data: x\r\r",
      "data: x\n\n",
      "data: x\r\n\n",
      "data: x\n\r\n",
    ]
  ) {
    for (let at = 0; at <= text.length; at++) {
      const pieces = [text.slice(0, at), "", text.slice(at)].map(bytes);
      assert.deepEqual(read(pieces).events, [plain("x")], `${JSON.stringify(text)} cut at ${at}`);
    }
  }
  const several = read([
    bytes("data: a\r"),
    bytes("\ndata: b\r"),
    bytes("\r"),
    bytes("\ndata: c\n\n"),
  ]);
  assert.deepEqual(several.events, [plain("a\nb"), plain("c")]);
});

Deno.test("512 bytes of each end of what is skipped are told", () => {
  const value = Array.from({ length: 3_000 }, (_, at) => String.fromCharCode(0x41 + at % 26)).join(
    "",
  );
  for (const size of [1, 7, 511, 512, 513, 1_500, 10_000]) {
    const cuts: { head: Uint8Array; tail: Uint8Array }[] = [];
    const reader = createEventReader({
      maxBytes: 1_000,
      onEvent: () => assert.fail(),
      onTooLong: (cut) => void cuts.push(cut),
    });
    const stream = `data: ${value}\n\ndata: ${value.toLowerCase()}\n\n`;
    for (let at = 0; at < stream.length; at += size) {
      reader.push(bytes(stream.slice(at, at + size)));
    }
    const text = (part: Uint8Array) => new TextDecoder().decode(part);
    assert.deepEqual(
      cuts.map(({ head, tail }) => [text(head), text(tail)]),
      [
        [value.slice(0, 512), value.slice(-512)],
        [value.slice(0, 512).toLowerCase(), value.slice(-512).toLowerCase()],
      ],
      `in pieces of ${size}`,
    );
  }
});

Deno.test("a long line that is no data is not read, and its event counts", () => {
  const pieces = (
    field: string,
  ) => [bytes(field.slice(0, 5)), bytes(field.slice(5)), bytes("\ndata: x\n\n")];
  // Ten bytes, and eight for the longest name of a field with its colon and its space.
  for (const [length, type] of [[11, "y".repeat(11)], [12, "message"]] as const) {
    const { events, tooLong } = read(pieces(`event: ${"y".repeat(length)}`), 10);
    assert.deepEqual(events, [{ ...plain("x"), type }], `${length} bytes`);
    assert.equal(tooLong, 0);
  }
  const cut = read([bytes("data: a\n"), bytes(`: ${"y".repeat(50)}`), bytes("\n\n")], 10);
  assert.deepEqual([cut.events, cut.tooLong], [[plain("a")], 0]);
});

Deno.test("what the stream ends in may be too long, or nothing", () => {
  const { events, tooLong } = read([bytes(`data: ${"x".repeat(50)}`)], 10);
  assert.deepEqual([events, tooLong], [[], 1]);
  assert.deepEqual(read([bytes("data: x\n")]).events, [{ ...plain("x"), isCut: true }]);
  assert.deepEqual(read([bytes("data: x\n\n: c")]).events, [plain("x")]);
  assert.deepEqual(read([]).events, []);
});
