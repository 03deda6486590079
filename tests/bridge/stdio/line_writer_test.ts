import assert from "node:assert/strict";
import { copiedBelow, createLineWriter } from "../../../src/bridge/stdio/line_writer.ts";
import { within } from "../../support/within.ts";

const highWater = 1 << 20;

/** A client that reads when the test lets it, so many bytes at a time. */
function slowClient(piece = Infinity) {
  const chunks: Uint8Array[] = [];
  let gate = Promise.withResolvers<void>();
  let isBroken = false;
  return {
    read: () => gate.resolve(),
    stop: () => gate = Promise.withResolvers<void>(),
    leave() {
      isBroken = true;
      gate.resolve();
    },
    text: () => new TextDecoder().decode(new Uint8Array(chunks.flatMap((each) => [...each]))),
    writes: () => chunks.length,
    output: {
      async write(bytes: Uint8Array) {
        await gate.promise;
        if (isBroken) throw new Deno.errors.BrokenPipe();
        const taken = bytes.slice(0, piece);
        chunks.push(taken);
        return taken.length;
      },
    },
  };
}

const line = (length: number, char = "x") => new Uint8Array(length).fill(char.charCodeAt(0));

Deno.test("lines come out in their order, short ones together, whatever is taken at a time", async () => {
  for (const piece of [Infinity, 10_000, 7]) {
    const client = slowClient(piece);
    client.read();
    const writer = createLineWriter(client.output);
    const lines = [line(3, "a"), line(0), line(5, "b"), line(copiedBelow, "c"), line(2, "d")];
    for (const each of lines) writer.write(each);
    await writer.flushed();
    const expected = lines.map((each) => new TextDecoder().decode(each) + "\n").join("");
    assert.equal(client.text(), expected);
    if (piece === Infinity) assert.ok(client.writes() <= 4, `${client.writes()} writes`);
  }
});

Deno.test("a short line may be overwritten at once", async () => {
  const client = slowClient();
  const writer = createLineWriter(client.output);
  const mine = line(3, "a");
  writer.write(mine);
  mine.fill(0);
  client.read();
  await writer.flushed();
  assert.equal(client.text(), "aaa\n");
});

Deno.test("batches that are full are followed by others", async () => {
  const client = slowClient();
  const writer = createLineWriter(client.output);
  // Each fits together with its line break exactly.
  const lines = ["a", "b", "c", "d"].map((char) => line(copiedBelow / 2 - 1, char));
  for (const each of lines) writer.write(each);
  client.read();
  await writer.flushed();
  assert.equal(client.text(), lines.map((each) => new TextDecoder().decode(each) + "\n").join(""));
});

Deno.test("a client that does not read is waited for behind 1 MiB, line breaks included", async () => {
  const client = slowClient();
  const writer = createLineWriter(client.output);
  // What was written before must not count any more.
  client.read();
  for (const length of [5, 100, copiedBelow, copiedBelow - 1]) writer.write(line(length));
  await writer.flushed();
  client.stop();
  writer.write(line(highWater - 101));
  writer.write(line(99));
  assert.equal(writer.whenWritable(), undefined, "exactly 1 MiB");
  writer.write(line(0));
  const writable = writer.whenWritable();
  assert.ok(writable, "one byte more");
  client.read();
  await within(writable, { what: "the client to have read" });
  await writer.flushed();
  assert.equal(writer.whenWritable(), undefined);
});

Deno.test("a client that has gone is told once, and keeps nobody waiting", async () => {
  const client = slowClient();
  const writer = createLineWriter(client.output);
  writer.write(line(2 * highWater));
  const writable = writer.whenWritable();
  assert.ok(writable);
  assert.equal(writer.closed.aborted, false);
  client.leave();
  await within(writable, { what: "the end of the wait" });
  await within(writer.flushed(), { what: "the end of writing" });
  assert.equal(writer.closed.aborted, true);
  writer.write(line(2 * highWater));
  assert.equal(writer.whenWritable(), undefined);
  await writer.flushed();
});
