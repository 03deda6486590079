import assert from "node:assert/strict";
import { concatBytes } from "../../src/base/concat_bytes.ts";

Deno.test("parts are put one behind the other, and a single one stays what it is", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  assert.deepEqual(concatBytes([]), bytes());
  const only = bytes(1, 2);
  assert.equal(concatBytes([only]), only);
  assert.deepEqual(
    concatBytes([bytes(1, 2), bytes(), bytes(3), bytes(4, 5, 6)]),
    bytes(1, 2, 3, 4, 5, 6),
  );
});
