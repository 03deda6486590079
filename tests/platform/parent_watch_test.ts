import assert from "node:assert/strict";
import { watchParent } from "../../src/platform/parent_watch.ts";
import { StopRequest } from "../../src/platform/stop_signals.ts";
import { FakeTime } from "../credentials/fake_time.ts";

Deno.test("a parent that is gone ends the program, as a terminal that is gone would", async () => {
  using time = new FakeTime();
  let parent = 17;
  using watch = watchParent(() => parent);
  assert.equal(watch.mayBeGone, false);
  await time.pass(10_000);
  parent = 1;
  await time.pass(1_999);
  assert.equal(watch.signal.aborted, false);
  await time.pass(1);
  assert.ok(watch.signal.reason instanceof StopRequest);
  assert.equal(watch.signal.reason.exitCode, 129);
});

Deno.test("a watch that was disposed of looks no more", async () => {
  using time = new FakeTime();
  let looks = 0;
  const watch = watchParent(() => ++looks && 17);
  await time.pass(4_000);
  assert.equal(looks, 3);
  watch[Symbol.dispose]();
  await time.pass(60_000);
  assert.equal(looks, 3);
  assert.equal(watch.signal.aborted, false);
});

Deno.test("a parent that was gone before it could be watched is told from others", () => {
  using time = new FakeTime();
  assert.equal(time.now, 0);
  for (const [parent, mayBeGone] of [[1, true], [2, false]] as const) {
    using watch = watchParent(() => parent);
    assert.equal(watch.mayBeGone, mayBeGone);
  }
  using real = watchParent();
  assert.equal(real.mayBeGone, Deno.ppid === 1);
});
