import assert from "node:assert/strict";
import { createSilenceTimer } from "../../src/bridge/silence_timer.ts";
import { FakeTime } from "../credentials/fake_time.ts";

Deno.test("silence is noticed once, so long after the last sign of life", async () => {
  using time = new FakeTime();
  let silences = 0;
  const timer = createSilenceTimer(1_000, () => silences++);
  await time.pass(999);
  timer.alive();
  await time.pass(999);
  timer.alive();
  await time.pass(999);
  assert.equal(silences, 0);
  await time.pass(1);
  await time.pass(10_000);
  assert.equal(silences, 1);
  timer.alive();
  timer.end();
  await time.pass(10_000);
  assert.equal(silences, 1, "nobody listens any more");
});
