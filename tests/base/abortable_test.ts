import assert from "node:assert/strict";
import { abortable, aborted, pause } from "../../src/base/abortable.ts";
import { nextTurn } from "../../src/base/timer.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { countAbortListeners } from "../support/abort_listeners.ts";
import { within } from "../support/within.ts";

const reason = new Error("given up");
const never = new Promise<never>(() => {});

Deno.test("abortable: settles as the promise does, and lets go of the signal", async () => {
  const { signal } = new AbortController();
  const listeners = countAbortListeners(signal);
  assert.equal(await abortable(Promise.resolve(1), signal), 1);
  await assert.rejects(abortable(Promise.reject(reason), signal), reason);
  await nextTurn();
  assert.equal(listeners.count, 0);
});

Deno.test("abortable: an abort is sooner than a promise that never settles, now or before", async () => {
  const controller = new AbortController();
  const listeners = countAbortListeners(controller.signal);
  const waiting = abortable(never, controller.signal);
  controller.abort(reason);
  await assert.rejects(within(waiting, { what: "the abort" }), reason);
  assert.equal(listeners.count, 0);
  await assert.rejects(
    within(abortable(Promise.resolve(1), controller.signal), { what: "the abort before" }),
    reason,
  );
});

Deno.test("abortable: what fails after an abort, whenever that was, ends no program", async () => {
  const seen: unknown[] = [];
  const listen = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen.push(event.reason);
  };
  addEventListener("unhandledrejection", listen);
  try {
    const controller = new AbortController();
    const fail = Promise.withResolvers<never>();
    const before = assert.rejects(abortable(fail.promise, controller.signal), reason);
    controller.abort(reason);
    await before;
    const late = Promise.withResolvers<never>();
    await assert.rejects(abortable(late.promise, controller.signal), reason);
    fail.reject(new Error("too late"));
    late.reject(new Error("too late, too"));
    await nextTurn();
    assert.deepEqual(seen, []);
  } finally {
    removeEventListener("unhandledrejection", listen);
  }
});

Deno.test("pause: resolves after its time and lets go of the signal", async () => {
  using time = new FakeTime();
  const { signal } = new AbortController();
  const listeners = countAbortListeners(signal);
  let isOver = false;
  pause(5_000, signal).then(() => isOver = true);
  await time.pass(4_999);
  assert.deepEqual([isOver, listeners.count], [false, 1]);
  await time.pass(1);
  assert.deepEqual([isOver, listeners.count], [true, 0]);
});

Deno.test("pause: an abort ends it and its timer, one before lets it not begin", async () => {
  using time = new FakeTime();
  const controller = new AbortController();
  const listeners = countAbortListeners(controller.signal);
  const waiting = pause(5_000, controller.signal);
  controller.abort(reason);
  await assert.rejects(within(waiting, { what: "the abort" }), reason);
  await assert.rejects(within(pause(0, controller.signal), { what: "the abort before" }), reason);
  await time.pass(10_000);
  // A timer that was not stopped would have taken it away once more.
  assert.deepEqual([listeners.count, listeners.removals], [0, 0]);
});

Deno.test("aborted: resolves with the abort, at once when that was before", async () => {
  const controller = new AbortController();
  const listeners = countAbortListeners(controller.signal);
  let isOver = false;
  const waiting = aborted(controller.signal).then(() => isOver = true);
  await nextTurn();
  assert.equal(isOver, false);
  controller.abort();
  await within(waiting, { what: "the abort" });
  assert.equal(listeners.count, 0);
  await within(aborted(controller.signal), { what: "the abort before" });
});
