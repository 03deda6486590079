import assert from "node:assert/strict";
import { createSilenceWatch } from "../../../src/credentials/leases/silence.ts";

Deno.test("who shows no sign of life for longer than the limit is silent, as far as was looked", () => {
  const clock = { now: 0 };
  const watch = createSilenceWatch(5_000, () => clock.now);
  const at = (now: number, heartbeat: string, name = "a") => {
    clock.now = now;
    return watch.isSilent(name, heartbeat);
  };
  assert.equal(at(0, "1"), false);
  assert.equal(at(5_000, "1"), false, "exactly the limit");
  assert.equal(at(5_001, "1"), true);
  assert.equal(at(5_001, "1", "b"), false, "another lease");
  assert.equal(at(5_002, "2"), false, "a sign of life");
  assert.equal(at(10_003, "2"), false, "nobody looked for longer than the limit");
  assert.equal(at(15_003, "2"), false);
  assert.equal(at(15_004, "2"), true);
  watch.forget("a");
  assert.equal(at(15_005, "2"), false);
});
