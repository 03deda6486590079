import assert from "node:assert/strict";
import { keepReadBuffer, takeReadBuffer } from "../../../src/bridge/http/read_buffers.ts";

const size = 65_536;

/** All that is kept, and one more, which is new. */
function takeAll(kept: number): ArrayBuffer[] {
  return Array.from({ length: kept + 1 }, takeReadBuffer);
}

Deno.test("a buffer that was given back is taken again, the latest first", () => {
  takeAll(16);
  const [one, two] = [takeReadBuffer(), takeReadBuffer()];
  assert.deepEqual([one.byteLength, one === two], [size, false]);
  keepReadBuffer(one);
  keepReadBuffer(two);
  assert.equal(takeReadBuffer(), two);
  assert.equal(takeReadBuffer(), one);
});

Deno.test("no more than 16 are kept, and none of another size", () => {
  takeAll(16);
  for (const other of [0, size - 1, size + 1]) keepReadBuffer(new ArrayBuffer(other));
  assert.equal(takeReadBuffer().byteLength, size);
  const given = Array.from({ length: 17 }, () => new ArrayBuffer(size));
  for (const buffer of given) keepReadBuffer(buffer);
  const taken = takeAll(16);
  assert.deepEqual(taken.filter((buffer) => given.includes(buffer)).length, 16);
  assert.equal(taken.includes(given[16]!), false);
});
