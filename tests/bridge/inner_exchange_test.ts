import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createExchange } from "../../src/bridge/exchange.ts";
import { InnerExchange } from "../../src/bridge/inner_exchange.ts";
import type { Message } from "../../src/bridge/jsonrpc/scan_message.ts";
import { messageOf, textOf } from "./bridge_parts.ts";

const failure = new ProxyError({
  category: "Backend error",
  what: "it is broken",
  fix: "mend it",
  reason: "broken",
});
const result = messageOf({ id: 7, result: { a: 1 } });
const error = messageOf({ id: 7, error: { code: 1, message: "no" } });

function open() {
  const lines: string[] = [];
  const answers: Message[] = [];
  const outer = createExchange(
    messageOf({ id: 7, method: "tools/call" }),
    (line) => lines.push(textOf(line)),
  );
  const inner = new InnerExchange(messageOf({ id: 1, method: "ping" }), {
    outer,
    onAnswer: (response) => answers.push(response),
  });
  return { outer, inner, lines, answers };
}

Deno.test("an inner exchange begins with nothing known of it", () => {
  const { inner, outer } = open();
  assert.equal(inner.request.method, "ping");
  assert.equal(inner.outer, outer);
  assert.deepEqual(
    [
      inner.isAnswered,
      inner.response,
      inner.failure,
      inner.withholdErrors,
      inner.isCancelled,
      inner.hasResponse,
      inner.isAnsweredMeanwhile,
      inner.signal.aborted,
    ],
    [false, undefined, undefined, false, false, false, false, false],
  );
});

Deno.test("who asked, when it went out and what it failed with is that of the outer one", () => {
  const { inner, outer } = open();
  outer.purpose = "unasked";
  outer.sentAt = 5;
  outer.lastFailure = failure;
  assert.deepEqual([inner.purpose, inner.sentAt, inner.lastFailure], ["unasked", 5, failure]);
  inner.purpose = "background";
  inner.sentAt = 6;
  inner.lastFailure = undefined;
  assert.deepEqual([outer.purpose, outer.sentAt, outer.lastFailure], ["background", 6, undefined]);
});

Deno.test("its answer is seen, and given to nobody", () => {
  const { inner, lines, answers } = open();
  const raw: Message[] = [];
  inner.onAnswered = (response) => raw.push(response);
  inner.beforeAnswer(({ bytes }) => messageOf({ id: 1, result: [textOf(bytes)] }));
  inner.beforeAnswer(({ bytes }) => messageOf({ id: 2, result: [textOf(bytes).length] }));
  assert.equal(inner.answer(result), true);
  assert.equal(inner.isAnswered, true);
  assert.equal(inner.answer(error), false);
  assert.match(textOf(inner.response!.bytes), /"id":2,"result":\[\d+\]/);
  assert.deepEqual(answers, [inner.response]);
  assert.deepEqual(raw, [result]);
  inner.fail(failure);
  assert.equal(inner.failure, undefined);
  assert.deepEqual(lines, []);
});

Deno.test("whoever looks at an answer and fails does not keep it back", () => {
  const { inner } = open();
  inner.beforeAnswer(() => {
    throw new Error("it cannot be read");
  });
  inner.answer(result);
  assert.equal(textOf(inner.response!.bytes), textOf(result.bytes));
});

Deno.test("a short answer is kept though its bytes are overwritten, a long one is not copied", () => {
  for (const [length, isCopied] of [[65_535, true], [65_536, false]] as const) {
    const head = '{"jsonrpc":"2.0","id":7,"result":"';
    const message = messageOf(`${head}${"x".repeat(length - head.length - 2)}"}`);
    assert.equal(message.bytes.length, length);
    const { inner } = open();
    inner.answer(message);
    assert.equal(inner.response!.bytes !== message.bytes, isCopied);
    assert.deepEqual(inner.response!.bytes, message.bytes);
    assert.deepEqual({ ...inner.response, bytes: 0 }, { ...message, bytes: 0 });
  }
});

Deno.test("an error that is kept back counts as the answer, until it is taken", () => {
  const { inner, answers } = open();
  inner.withholdErrors = true;
  assert.equal(inner.answer(error), true);
  assert.deepEqual([inner.isAnswered, inner.response, answers.length], [true, undefined, 0]);
  assert.equal(inner.answer(result), false);
  const withheld = inner.takeWithheld()!;
  assert.equal(textOf(withheld.bytes), textOf(error.bytes));
  assert.notEqual(withheld.bytes, error.bytes);
  assert.deepEqual([inner.isAnswered, inner.withholdErrors], [false, false]);
  assert.equal(inner.takeWithheld(), undefined);
  const other = open().inner;
  other.withholdErrors = true;
  other.answer(result);
  assert.ok(other.response, "a result is not kept back");
});

Deno.test("it fails once, and with what was kept back if there is such a thing", () => {
  const failed = open().inner;
  failed.fail("why");
  assert.equal(failed.failure?.reason, "internal");
  assert.equal(failed.isAnswered, true);
  failed.fail(failure);
  assert.equal(failed.failure?.reason, "internal");
  assert.equal(failed.answer(result), false);
  const { inner } = open();
  inner.withholdErrors = true;
  inner.answer(error);
  inner.fail(failure);
  assert.equal(textOf(inner.response!.bytes), textOf(error.bytes));
  assert.equal(inner.failure, undefined);
});

Deno.test("the client is answered meanwhile by the outer one", () => {
  const { inner, outer, lines } = open();
  inner.answerMeanwhile(messageOf({ id: 1, result: "wait" }));
  assert.equal(outer.isAnsweredMeanwhile, true);
  assert.deepEqual(lines, ['{"jsonrpc":"2.0","id":7,"result":"wait"}']);
});

Deno.test("what ends the outer one meanwhile ends it, too, and nothing else does", async () => {
  const { inner, outer } = open();
  const running = Promise.withResolvers<number>();
  const done = inner.whileOuterLasts(() => running.promise);
  outer.abort(failure);
  assert.equal(inner.signal.reason, failure);
  assert.equal(inner.failure, failure);
  running.resolve(7);
  assert.equal(await done, 7);

  const late = new InnerExchange(inner.request, { outer });
  let seen: unknown;
  await late.whileOuterLasts(() => Promise.resolve(seen = late.failure));
  assert.equal(seen, failure, "it has ended before");

  for (const run of [() => Promise.resolve(1), () => Promise.reject(new Error("no"))]) {
    const behind = open();
    await behind.inner.whileOuterLasts(run).catch(() => {});
    behind.outer.abort(failure);
    assert.equal(behind.inner.signal.aborted, false);
  }
});
