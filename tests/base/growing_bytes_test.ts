import assert from "node:assert/strict";
import { createGrowingBytes } from "../../src/base/growing_bytes.ts";

Deno.test("pieces are gathered in order, as copies, and taken once", () => {
  const bytes = createGrowingBytes();
  const piece = Uint8Array.of(1, 2, 3);
  bytes.append(piece);
  piece.fill(9);
  bytes.append(new Uint8Array(0));
  bytes.append(Uint8Array.of(4));
  assert.equal(bytes.length, 4);
  const taken = bytes.take();
  assert.deepEqual(taken, Uint8Array.of(1, 2, 3, 4));
  assert.equal(bytes.length, 0);
  assert.deepEqual(bytes.take(), new Uint8Array(0));
  bytes.append(Uint8Array.of(5));
  assert.deepEqual([taken, bytes.take()], [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5)]);
});

Deno.test("what was gathered is kept when it outgrows its buffer", () => {
  const bytes = createGrowingBytes();
  const wanted: number[] = [];
  for (let at = 0; at < 3_000; at++) {
    bytes.append(Uint8Array.of(at % 251));
    wanted.push(at % 251);
  }
  assert.deepEqual([...bytes.take()], wanted);
});

Deno.test("room is made for four times as much, seldom, and for what comes at least", () => {
  const capacity = (...lengths: number[]) => {
    const bytes = createGrowingBytes();
    for (const length of lengths) bytes.append(new Uint8Array(length));
    return bytes.take().buffer.byteLength;
  };
  assert.equal(capacity(1), 256);
  assert.equal(capacity(1, 255), 256);
  assert.equal(capacity(1, 256), 1_024);
  assert.equal(capacity(257), 257);
  assert.equal(capacity(1, 5_000), 5_001);
  const bytes = createGrowingBytes();
  bytes.take();
  bytes.append(new Uint8Array(1));
  assert.equal(bytes.take().buffer.byteLength, 256);
});
