import assert from "node:assert/strict";
import { backoff } from "../../src/bridge/backoff.ts";
import { fixedRandom } from "../support/fixed_random.ts";

Deno.test("pauses double up to the longest, and begin anew", () => {
  for (const [random, share] of [[0, 0.5], [0.5, 0.75], [1, 1]] as const) {
    using _random = fixedRandom(random);
    const pauses = backoff(100, 350);
    const taken = [1, 2, 3, 4].map(() => pauses.next());
    assert.deepEqual(taken, [100, 200, 350, 350].map((pause) => pause * share));
    pauses.reset();
    assert.equal(pauses.next(), 100 * share);
  }
});
