import assert from "node:assert/strict";
import { keepReadBuffer, takeReadBuffer } from "../../../src/bridge/http/read_buffers.ts";
import { readChunks } from "../../../src/bridge/http/read_chunks.ts";
import { bodyOf, openBody, textOf } from "../bridge_parts.ts";

Deno.test("a body is read to its end, piece by piece", async () => {
  const pieces: string[] = [];
  const ending = await readChunks(bodyOf("abc", "def"), (piece) => {
    pieces.push(textOf(piece));
    return undefined;
  });
  assert.equal(ending, "ended");
  assert.equal(pieces.join(""), "abcdef");
});

Deno.test("the next piece waits for what is done with the one before", async () => {
  const { body, write, end } = openBody();
  const taken: string[] = [];
  const full = Promise.withResolvers<void>();
  const reading = readChunks(body, (piece) => {
    taken.push(textOf(piece));
    return taken.length === 1 ? full.promise : undefined;
  });
  write("abc");
  while (taken.length === 0) await Promise.resolve();
  write("def");
  end();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual(taken, ["abc"]);
  full.resolve();
  assert.equal(await reading, "ended");
  assert.deepEqual(taken, ["abc", "def"]);
});

Deno.test("a body that breaks off is told so", async () => {
  const { body, write, cut } = openBody();
  let taken = 0;
  const reading = readChunks(body, () => void taken++);
  write("abc");
  while (taken === 0) await Promise.resolve();
  cut();
  assert.equal(await reading, "broken");
});

Deno.test("whoever cannot take more ends the reading, and lets go of the body", async () => {
  for (
    const take of [() => Promise.reject(new Error("no")), () => {
      throw new Error("no");
    }]
  ) {
    const { body, write, cancelled } = openBody();
    write("abc");
    await assert.rejects(readChunks(body, take), { message: "no" });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    assert.equal(cancelled.length, 1);
  }
});

Deno.test("that letting go fails is nothing to fail with", async () => {
  const body = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(Uint8Array.of(1)),
    cancel: () => Promise.reject(new Error("it is gone")),
  });
  await assert.rejects(readChunks(body, () => Promise.reject(new Error("no"))), { message: "no" });
});

Deno.test("one buffer is used for all pieces, and kept for the next body", async () => {
  const before = Array.from({ length: 17 }, takeReadBuffer);
  keepReadBuffer(before[0]!);
  await readChunks(bodyOf("abc", "def"), () => undefined);
  const after = takeReadBuffer();
  assert.equal(after.byteLength, 65_536);
  assert.equal(textOf(new Uint8Array(after, 0, 6)), "abcdef");
});
