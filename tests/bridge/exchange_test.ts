import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createExchange, createOwnExchange, requestCancelled } from "../../src/bridge/exchange.ts";
import { messageOf, textOf } from "./bridge_parts.ts";

const failure = new ProxyError({
  category: "Backend error",
  what: "it is broken",
  fix: "mend it",
  reason: "broken",
});
const result = messageOf({ id: "theirs", result: { a: 1 } });
const error = messageOf({ id: 7, error: { code: 1, message: "no" } });
const errorLine = '{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"no"}}';
const failureLine =
  '{"jsonrpc":"2.0","id":7,"error":{"code":-32010,"message":"Backend error: it is broken. ' +
  'Fix: mend it.","data":{"reason":"broken","hint":"mend it"}}}';

function open() {
  const lines: string[] = [];
  const exchange = createExchange(
    messageOf({ id: 7, method: "tools/call" }),
    (line) => lines.push(textOf(line)),
  );
  return { exchange, lines };
}

Deno.test("an exchange begins with nothing known of it", () => {
  const { exchange } = open();
  const { request, signal, ...rest } = exchange;
  assert.equal(request.method, "tools/call");
  assert.equal(signal.aborted, false);
  assert.deepEqual({ ...rest }, {
    purpose: "client",
    isCancelled: false,
    sentAt: 0,
    lastFailure: undefined,
    hasResponse: false,
    withholdErrors: false,
    isAnsweredMeanwhile: false,
    onAnswered: undefined,
  });
  assert.equal(exchange.isAnswered, false);
});

Deno.test("the answer is given once, under the id of the request", () => {
  const { exchange, lines } = open();
  const seen: string[] = [];
  exchange.onAnswered = ({ id }) => seen.push(`${id} behind ${lines.length}`);
  assert.equal(exchange.answer(result), true);
  assert.equal(exchange.isAnswered, true);
  assert.equal(exchange.answer(result), false);
  exchange.fail(failure);
  exchange.answerMeanwhile(result);
  assert.deepEqual(lines, ['{"jsonrpc":"2.0","id":7,"result":{"a":1}}']);
  assert.deepEqual(seen, ['"theirs" behind 1']);
});

Deno.test("whoever sees the answer may replace it, one behind the other", () => {
  const { exchange, lines } = open();
  const seen: string[] = [];
  for (const name of ["first", "second"]) {
    exchange.beforeAnswer((response) => {
      seen.push(textOf(response.bytes));
      return messageOf({ id: 1, result: name });
    });
  }
  exchange.answer(messageOf({ id: 1, result: "given" }));
  assert.deepEqual(seen, [
    '{"jsonrpc":"2.0","id":1,"result":"given"}',
    '{"jsonrpc":"2.0","id":1,"result":"first"}',
  ]);
  assert.deepEqual(lines, ['{"jsonrpc":"2.0","id":7,"result":"second"}']);
});

Deno.test("whoever looks at an answer and fails does not keep it from the client", () => {
  const { exchange, lines } = open();
  exchange.beforeAnswer(() => messageOf({ id: 1, result: "replaced" }));
  exchange.beforeAnswer(() => {
    throw new Error("it cannot be read");
  });
  exchange.answer(result);
  assert.deepEqual(lines, ['{"jsonrpc":"2.0","id":7,"result":{"a":1}}']);
});

Deno.test("an error that is kept back counts as the answer, until it is taken", () => {
  const { exchange, lines } = open();
  exchange.withholdErrors = true;
  assert.equal(exchange.answer(error), true);
  assert.equal(exchange.isAnswered, true);
  assert.equal(exchange.answer(result), false, "it has its answer");
  assert.deepEqual(lines, []);
  assert.equal(exchange.takeWithheld(), error);
  assert.equal(exchange.withholdErrors, false);
  assert.equal(exchange.isAnswered, false);
  assert.equal(exchange.takeWithheld(), undefined);
  exchange.answer(error);
  assert.deepEqual(lines, [errorLine]);
});

Deno.test("a result is not kept back", () => {
  const { exchange, lines } = open();
  exchange.withholdErrors = true;
  exchange.answer(result);
  assert.equal(lines.length, 1);
});

Deno.test("a failure is answered with the error, or with what was kept back", () => {
  const failed = open();
  failed.exchange.fail(failure);
  assert.equal(failed.exchange.isAnswered, true);
  failed.exchange.fail(failure);
  assert.equal(failed.exchange.answer(result), false);
  assert.deepEqual(failed.lines, [failureLine]);
  const withheld = open();
  withheld.exchange.withholdErrors = true;
  withheld.exchange.answer(error);
  withheld.exchange.fail(failure);
  withheld.exchange.fail(failure);
  assert.deepEqual(withheld.lines, [errorLine]);
});

Deno.test("who was answered meanwhile does not get what comes of it", () => {
  const meanwhile = messageOf({ id: 1, result: "wait" });
  const line = '{"jsonrpc":"2.0","id":7,"result":"wait"}';
  const { exchange, lines } = open();
  exchange.answerMeanwhile(meanwhile);
  assert.deepEqual([exchange.isAnsweredMeanwhile, exchange.isAnswered], [true, false]);
  exchange.answerMeanwhile(meanwhile);
  let answered = 0;
  exchange.onAnswered = () => answered++;
  assert.equal(exchange.answer(result), true);
  assert.deepEqual([lines, answered], [[line], 1]);
  const failed = open();
  failed.exchange.answerMeanwhile(meanwhile);
  failed.exchange.fail(failure);
  assert.equal(failed.exchange.isAnswered, true);
  assert.deepEqual(failed.lines, [line]);
});

Deno.test("what is aborted is answered, and ends", () => {
  const { exchange, lines } = open();
  exchange.abort(failure);
  assert.equal(exchange.signal.reason, failure);
  assert.deepEqual(lines, [failureLine]);
  const answered = open();
  answered.exchange.answer(result);
  answered.exchange.abort(failure);
  assert.equal(answered.exchange.signal.reason, failure);
  assert.equal(answered.lines.length, 1);
});

Deno.test("an exchange of the bridge itself is nobody's but its own", () => {
  const exchange = createOwnExchange(messageOf({ id: 1, method: "ping" }), "background");
  assert.equal(exchange.purpose, "background");
  assert.equal(exchange.answer(result), true);
});

Deno.test("what a cancelled request is answered with", () => {
  const { message, reason } = requestCancelled();
  assert.equal(
    message,
    "Backend error: the request was cancelled before the backend answered it. " +
      "Fix: send it again if it is still wanted.",
  );
  assert.equal(reason, "cancelled");
});
