import assert from "node:assert/strict";
import { createPace } from "../../../src/bridge/legacy/pace.ts";
import { FakeTime } from "../../credentials/fake_time.ts";

Deno.test("something is done so often in any stretch of time, and no more", () => {
  let now = 100;
  const pace = createPace({ most: 2, within: 1_000, now: () => now });
  assert.equal(pace.wait(), 0);
  assert.equal(pace.take(), true);
  now = 400;
  assert.deepEqual([pace.wait(), pace.take()], [0, true]);
  assert.deepEqual([pace.wait(), pace.take()], [700, false]);
  now = 1_099;
  assert.deepEqual([pace.wait(), pace.take()], [1, false]);
  now = 1_100;
  assert.deepEqual([pace.wait(), pace.take()], [0, true]);
  assert.deepEqual([pace.wait(), pace.take()], [300, false]);
});

Deno.test("time is that of the process by default", async () => {
  using time = new FakeTime();
  const pace = createPace({ most: 1, within: 1_000 });
  assert.equal(pace.take(), true);
  await time.pass(999);
  assert.equal(pace.wait(), 1);
  await time.pass(1);
  assert.equal(pace.take(), true);
});
