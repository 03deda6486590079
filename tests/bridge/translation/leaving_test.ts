import assert from "node:assert/strict";
import { createLeaving } from "../../../src/bridge/translation/leaving.ts";
import { nextTurn } from "../../../src/base/timer.ts";

Deno.test("all that is still to be said is waited for", async () => {
  const leaving = createLeaving();
  const { signal } = new AbortController();
  await leaving.over(signal);
  const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  leaving.add(one.promise);
  leaving.add(other.promise);
  let isOver = false;
  const over = leaving.over(signal).then(() => isOver = true);
  one.resolve();
  await nextTurn();
  assert.equal(isOver, false);
  other.resolve();
  await over;
});

Deno.test("where there is no time left it is not waited for", async () => {
  const leaving = createLeaving();
  leaving.add(new Promise(() => {}));
  await leaving.over(AbortSignal.abort());
  const stop = new AbortController();
  const over = leaving.over(stop.signal);
  stop.abort();
  await over;
});
