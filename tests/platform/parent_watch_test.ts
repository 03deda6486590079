import assert from "node:assert/strict";
import { watchParent } from "../../src/platform/parent_watch.ts";
import { within } from "../support/within.ts";

Deno.test("a parent that is gone ends the program", async () => {
  let parent = 17;
  using watch = watchParent(() => parent);
  const gone = new Promise((resolve) => watch.signal.addEventListener("abort", resolve));
  assert.equal(watch.mayBeGone, false);
  parent = 1;
  await within(gone, { what: "the notice that the parent is gone", patience: 5_000 });
});

Deno.test("a parent that was gone before it could be watched is told from others", () => {
  using watch = watchParent(() => 1);
  assert.equal(watch.mayBeGone, true);
});
