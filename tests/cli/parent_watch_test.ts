import assert from "node:assert/strict";
import { watchParent } from "../../src/cli/parent_watch.ts";

Deno.test("a parent that is gone ends the program", async () => {
  let parent = 17;
  using watch = watchParent(() => parent);
  const gone = new Promise((resolve) => watch.signal.addEventListener("abort", resolve));
  parent = 1;
  const late = setTimeout(() => assert.fail("it was not noticed within 5 s"), 5000);
  await gone;
  clearTimeout(late);
});
