import assert from "node:assert/strict";
import { checkClock } from "../../../src/cli/doctor/checks/clock.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";

const verdicts = (...skews: number[]) =>
  checkClock({
    dates: skews.map((skew) => ({ origin: "https://auth.test", skew })),
  } as Partial<Examination> as Examination);

Deno.test("doctor: a clock that is minutes off does harm, one that is seconds off does not", () => {
  const found = verdicts(0, 60_000, -60_000, 61_000, -61_000, 300_000, 301_000, -301_000);
  assert.deepEqual(found.map(({ verdict }) => verdict), [
    "ok",
    "ok",
    "ok",
    "warning",
    "warning",
    "warning",
    "failure",
    "failure",
  ]);
  const [ahead, behind] = found.slice(-2);
  assert.match(ahead.found, /^5 min.* ahead of that of https:\/\/auth\.test/);
  assert.match(behind.found, /^5 min.* behind that of https:\/\/auth\.test/);
  assert.equal(ahead.fix, "set the clock of this machine");
});
