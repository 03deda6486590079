import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createOwnExchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import { limitedQuestion } from "../../../src/bridge/translation/limited_question.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { request } from "../message.ts";

Deno.test("a question has so much time, and what it is asked with ends then", async () => {
  using time = new FakeTime();
  const outer = createOwnExchange(request("initialize"), "client");
  let signal: AbortSignal | undefined;
  const asked = limitedQuestion(outer, {
    timeout: 2_500,
    ask(asking) {
      assert.equal(asking.request, outer.request);
      signal = asking.signal;
      return new Promise((_, reject) =>
        asking.signal.addEventListener("abort", () => reject(asking.signal.reason))
      );
    },
  });
  const outcome = asked.then(() => {}, (error) => error);
  await time.pass(2_499);
  assert.equal(signal?.aborted, false);
  await time.pass(1);
  const error = await outcome;
  assert.ok(error instanceof ProxyError);
  assert.equal(error.reason, "no_answer");
  assert.equal(
    error.message,
    "Backend error: the backend did not say within 2.5 s which protocol versions it speaks. Fix: " +
      "look at the backend's log.",
  );
  assert.equal(outer.signal.aborted, false);
});

Deno.test("what was answered in time is not ended behind it", async () => {
  using time = new FakeTime();
  const outer = createOwnExchange(request("initialize"), "client");
  let signal: AbortSignal | undefined;
  const answer = await limitedQuestion(outer, {
    timeout: 10,
    ask(asking) {
      signal = asking.signal;
      return Promise.resolve(7);
    },
  });
  await time.pass(100);
  assert.equal(answer, 7);
  assert.equal(signal?.aborted, false);
});

Deno.test("what ends the request ends the question", async () => {
  const outer = createOwnExchange(request("initialize"), "client");
  const asked = limitedQuestion(outer, {
    timeout: 60_000,
    ask: (asking) =>
      new Promise((_, reject) =>
        asking.signal.addEventListener("abort", () => reject(asking.signal.reason))
      ),
  });
  outer.abort(requestCancelled());
  await assert.rejects(asked, /was cancelled/);
});

Deno.test("the time in which a person signs in does not count", async () => {
  using time = new FakeTime();
  let isAuthorizing = true;
  const outer = createOwnExchange(request("initialize"), "client");
  const asked = limitedQuestion(outer, {
    timeout: 10_000,
    isAuthorizing: () => isAuthorizing,
    ask: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const outcome = asked.then(() => {}, (error) => error);
  let reason: string | undefined;
  outcome.then((error) => reason = error.reason);
  await time.pass(125_000);
  isAuthorizing = false;
  await time.pass(4_999);
  assert.equal(reason, undefined);
  await time.pass(1);
  assert.equal((await outcome).reason, "no_answer");
  assert.equal(time.isAwaited, false);
});
