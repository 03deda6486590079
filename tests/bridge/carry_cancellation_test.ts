import assert from "node:assert/strict";
import { carryCancellation } from "../../src/bridge/carry_cancellation.ts";
import { createExchange } from "../../src/bridge/exchange.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { messageOf, textOf } from "./bridge_parts.ts";

function cancelled(
  time: FakeTime,
  { sentAt, hasResponse = false, send }: {
    sentAt?: number;
    hasResponse?: boolean;
    send?: () => Promise<void>;
  },
) {
  const lines: string[] = [];
  const exchange = createExchange(
    messageOf({ id: 1, method: "tools/call" }),
    (line) => lines.push(textOf(line)),
  );
  if (sentAt !== undefined) exchange.sentAt = performance.now() - sentAt;
  exchange.hasResponse = hasResponse;
  const sent: (readonly [at: number, isCancelled: boolean])[] = [];
  const since = time.now;
  let endedAt: number | undefined;
  const done = carryCancellation(exchange, async () => {
    sent.push([time.now - since, exchange.isCancelled]);
    await send?.();
  }).then(() => endedAt = time.now - since);
  return { exchange, lines, sent, done, endedAt: () => endedAt };
}

const answer = /^\{"jsonrpc":"2.0","id":1,"error":.*the request was cancelled before the backend/;

Deno.test("a cancellation goes out 250 ms behind its request, and two seconds later it is over", async () => {
  using time = new FakeTime();
  const { exchange, sent, lines, endedAt } = cancelled(time, { sentAt: 100 });
  await time.pass(149);
  assert.deepEqual(sent, []);
  await time.pass(1);
  assert.deepEqual(sent, [[150, true]]);
  await time.pass(1_999);
  assert.deepEqual(lines, []);
  await time.pass(1);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, answer);
  assert.equal(exchange.signal.reason.reason, "cancelled");
  assert.equal(endedAt(), 2_150);
});

Deno.test("a cancellation goes out at once when its request is there", async () => {
  using time = new FakeTime();
  for (const known of [{ sentAt: 250 }, { sentAt: 300 }, { sentAt: 0.5, hasResponse: true }]) {
    const { sent } = cancelled(time, known);
    await time.pass(0);
    assert.deepEqual(sent, [[0, true]], JSON.stringify(known));
    await time.pass(5_000);
  }
});

Deno.test("what has not left is cancelled by not sending it", async () => {
  using time = new FakeTime();
  const { exchange, sent, lines } = cancelled(time, {});
  await time.pass(0);
  assert.match(lines[0]!, answer);
  assert.equal(exchange.signal.aborted, true);
  assert.equal(exchange.isCancelled, false);
  await time.pass(5_000);
  assert.deepEqual(sent, []);
});

Deno.test("what comes back for a second attempt meanwhile is not sent, nor is its cancellation", async () => {
  using time = new FakeTime();
  const { exchange, sent, lines } = cancelled(time, { sentAt: 10 });
  await time.pass(100);
  exchange.sentAt = 0;
  await time.pass(140);
  assert.match(lines[0]!, answer);
  await time.pass(5_000);
  assert.deepEqual(sent, []);
});

Deno.test("what ends meanwhile, or cannot be cancelled, is answered all the same", async () => {
  using time = new FakeTime();
  const failing = cancelled(time, { sentAt: 300, send: () => Promise.reject(new Error("no")) });
  await time.pass(0);
  assert.match(failing.lines[0]!, answer);
  await failing.done;
  const ended = cancelled(time, { sentAt: 10 });
  ended.exchange.abort(ended.exchange.signal.reason ?? failing.exchange.signal.reason);
  await time.pass(0);
  await ended.done;
  assert.equal(ended.lines.length, 1);
  assert.deepEqual(ended.sent, []);
});
