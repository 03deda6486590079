import assert from "node:assert/strict";
import { continueWithoutStoring } from "../../src/credentials/continue_without_storing.ts";
import { recordLog } from "../support/recorded_log.ts";
import { flowError } from "./scripted_flows.ts";

Deno.test("what cannot be stored for a moment is used by this process, unless it must be stored", () => {
  const locked = flowError({ what: "the store is locked", transient: true });
  const { log, lines } = recordLog();
  continueWithoutStoring(locked, { log, mustStore: false });
  assert.deepEqual(lines, [
    "[warn] the store is locked: the new credential could not be stored, this process uses it",
  ]);
  assert.throws(() => continueWithoutStoring(locked, { log, mustStore: true }), locked);
  const broken = flowError({ transient: false });
  assert.throws(() => continueWithoutStoring(broken, { log, mustStore: false }), broken);
  assert.throws(() => continueWithoutStoring("broken", { log, mustStore: false }), {
    category: "Internal error",
  });
  assert.equal(lines.length, 1);
});
