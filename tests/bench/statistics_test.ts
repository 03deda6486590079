import assert from "node:assert/strict";
import { quantile, summarize } from "../../bench/measure/statistics.ts";

Deno.test("summarize: median and quartiles, whatever the order of the samples", () => {
  assert.deepEqual(summarize([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4, count: 5 });
});

Deno.test("quantile: interpolates between neighbours", () => {
  assert.equal(quantile([10, 20], 0.5), 15);
  assert.equal(quantile([1], 0.99), 1);
});
