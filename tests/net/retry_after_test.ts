import assert from "node:assert/strict";
import { retryAfterOf } from "../../src/net/retry_after.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const cases: [string, number | undefined][] = [
  ["7", 7_000],
  ["0", 0],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Thu, 01 Jan 2015 00:00:00 GMT", 0],
  ["soon", undefined],
  ["-3", undefined],
  [" 7 ", 7_000],
  ["7s", undefined],
  ["x7", undefined],
  ["3.5", undefined],
  ["9".repeat(400), undefined],
  ["THU, 01 JAN 2026 00:01:00 GMT", 60_000],
  ["2026-01-01 00:01:00", undefined],
  ["", undefined],
];
for (const [text, wait] of cases) {
  Deno.test(`Retry-After: "${text}" is ${wait} ms`, () => {
    assert.equal(retryAfterOf(new Headers({ "retry-after": text }), now), wait);
  });
}

Deno.test("without Retry-After nothing is said", () => {
  assert.equal(retryAfterOf(new Headers(), now), undefined);
});
