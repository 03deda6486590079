import assert from "node:assert/strict";
import { retryWhileLocked } from "../../../src/credentials/store/retry_while_locked.ts";
import { FakeTime } from "../fake_time.ts";

/** An operation on a database that is locked until so many milliseconds have passed. */
function lockedUntil(time: FakeTime, end: number) {
  const attempts: number[] = [];
  return {
    attempts,
    operation() {
      attempts.push(time.now);
      assert.ok(attempts.length < 1_000, "it asks without a pause");
      if (time.now < end) throw new Error("database is locked");
      return "done";
    },
  };
}

Deno.test("a locked database is asked again, with pauses that grow to a tenth of a second", async () => {
  using time = new FakeTime();
  const { attempts, operation } = lockedUntil(time, 3_000);
  const result = retryWhileLocked(operation);
  await time.pass(4_000);
  assert.equal(await result, "done");
  const pauses = attempts.slice(1).map((at, index) => at - attempts[index]!);
  assert.ok(pauses[0]! >= 1 && pauses[0]! <= 4, `${pauses[0]} ms at first`);
  for (const pause of pauses.slice(8)) assert.ok(pause >= 64 && pause <= 194, `${pause} ms`);
  assert.ok(attempts.length > 20 && attempts.length < 60, `${attempts.length} attempts`);
});

Deno.test("after ten seconds it is given up", async () => {
  using time = new FakeTime();
  const { attempts, operation } = lockedUntil(time, Infinity);
  const result = assert.rejects(retryWhileLocked(operation), /database is locked/);
  await time.pass(9_000);
  const before = attempts.length;
  await time.pass(2_000);
  await result;
  assert.ok(attempts.length > before, "the last second is not left out");
  assert.ok(attempts.at(-1)! <= 10_200);
});

Deno.test("an operation that does not come back counts as locked after ten seconds", async () => {
  using time = new FakeTime();
  const result = assert.rejects(
    retryWhileLocked(() => new Promise<void>(() => {})),
    /database is locked/,
  );
  await time.pass(10_500);
  await result;
});

Deno.test("another fault is not tried again", async () => {
  let attempts = 0;
  const operation = () => {
    attempts++;
    throw new Error("disk I/O error");
  };
  await assert.rejects(retryWhileLocked(operation), /disk/);
  assert.equal(attempts, 1);
});
