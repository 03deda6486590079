import assert from "node:assert/strict";
import type { ProxyError } from "../../src/base/errors.ts";
import { createAcceptLimit } from "../../src/bridge/accept_limit.ts";
import { FakeTime } from "../credentials/fake_time.ts";

/** A signal that knows who listens to it. */
function countedSignal() {
  const { signal } = new AbortController();
  let listeners = 0;
  return Object.assign(signal, {
    addEventListener: () => void listeners++,
    removeEventListener: () => void listeners--,
    count: () => listeners,
  });
}

Deno.test("the time to accept a message begins when it leaves, and anew behind a refused token", async () => {
  using time = new FakeTime();
  using limit = createAcceptLimit({ acceptTimeout: 1_000, stop: new AbortController().signal });
  await time.pass(5_000);
  limit.onSend();
  await time.pass(999);
  limit.onSend();
  limit.onRefusal();
  await time.pass(5_000);
  assert.equal(limit.signal.aborted, false);
  limit.onSend();
  await time.pass(999);
  assert.equal(limit.signal.aborted, false);
  await time.pass(1);
  const { reason, message } = limit.signal.reason as ProxyError;
  assert.equal(reason, "not_accepted");
  assert.match(message, /within 1 s/);
});

Deno.test("what was accepted is not ended later, and leaves nobody behind who listens", async () => {
  using time = new FakeTime();
  const stop = countedSignal();
  const limit = createAcceptLimit({ acceptTimeout: 1_000, stop });
  limit.onSend();
  assert.equal(stop.count(), 1);
  limit[Symbol.dispose]();
  await time.pass(10_000);
  assert.equal(limit.signal.aborted, false);
  assert.equal(stop.count(), 0);
});

Deno.test("the end of the bridge ends the wait, also one that begins behind it", () => {
  const stop = new AbortController();
  using limit = createAcceptLimit({ acceptTimeout: 1_000, stop: stop.signal });
  stop.abort("over");
  assert.equal(limit.signal.reason, "over");
  using late = createAcceptLimit({ acceptTimeout: 1_000, stop: stop.signal });
  assert.equal(late.signal.reason, "over");
});
