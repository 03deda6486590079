import assert from "node:assert/strict";
import { createExchange } from "../../src/bridge/exchange.ts";
import { createRequestLimits } from "../../src/bridge/request_limits.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { legacyBackend, openEventResponse, startBridge } from "./bridge_fixture.ts";
import { messageOf } from "./bridge_parts.ts";

/** A request that has 1 s, and when that was over. */
function limited(
  time: FakeTime,
  { params, limits = createRequestLimits(1_000), sentAt = performance.now() }: {
    params?: unknown;
    limits?: ReturnType<typeof createRequestLimits>;
    sentAt?: number;
  } = {},
) {
  const exchange = createExchange(messageOf({ id: 1, method: "tools/call", params }), () => {});
  exchange.sentAt = sentAt;
  const late: { at: number; message: string; reason: string }[] = [];
  const since = time.now;
  const limit = limits.start(
    exchange,
    ({ message, reason }) => late.push({ at: time.now - since, message, reason }),
  );
  return { exchange, limits, limit, late };
}

const progressOf = (params: unknown) => messageOf({ method: "notifications/progress", params });

Deno.test("a request has its time from when it leaves, once", async () => {
  using time = new FakeTime();
  const { late } = limited(time);
  await time.pass(999);
  assert.deepEqual(late, []);
  await time.pass(1);
  await time.pass(60_000);
  assert.deepEqual(late, [{
    at: 1_000,
    message: "Backend error: no answer to tools/call within 1 s (--request-timeout); the request " +
      "may have been carried out. Fix: look at the backend's log before you try again, or raise " +
      "--request-timeout.",
    reason: "request_timeout",
  }]);
});

Deno.test("the time before a request leaves does not count, nor does what is behind its end", async () => {
  using time = new FakeTime();
  const waiting = limited(time, { sentAt: 0 });
  await time.pass(10_500);
  waiting.exchange.sentAt = performance.now();
  await time.pass(999);
  assert.equal(waiting.late.length, 0);
  await time.pass(1);
  assert.equal(waiting.late.length, 1);
  const ended = limited(time);
  ended.limit[Symbol.dispose]();
  await time.pass(10_000);
  assert.equal(ended.late.length, 0);
});

Deno.test("what has ended leaves nothing to wait for", () => {
  using time = new FakeTime();
  limited(time).limit[Symbol.dispose]();
  assert.equal(time.isAwaited, false);
});

Deno.test("progress counts for the request whose token it has", async () => {
  using time = new FakeTime();
  const limits = createRequestLimits(1_000);
  const of = (progressToken: unknown) =>
    limited(time, { limits, params: { _meta: { progressToken } } });
  const [text, number, none, odd] = [of("1"), of(1), of(undefined), of({ a: 1 })];
  const without = limited(time, { limits });
  const nothing = limited(time, { limits, params: null });
  const meta = limited(time, { limits, params: { _meta: null } });
  await time.pass(600);
  limits.progress(progressOf({ progressToken: "1" }));
  limits.progress(progressOf({ progressToken: { a: 1 } }));
  limits.progress(progressOf({}));
  limits.progress(progressOf(null));
  limits.progress(progressOf(undefined));
  await time.pass(10_000);
  assert.deepEqual(
    [text, number, none, odd, without, nothing, meta].map(({ late }) => late[0]?.at),
    [1_600, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000],
  );
});

Deno.test("a token that is a number is one, too, and a wait is to the millisecond", async () => {
  using time = new FakeTime();
  const limits = createRequestLimits(1_000);
  const of = (progressToken: unknown) =>
    limited(time, { limits, params: { _meta: { progressToken } } });
  const [text, number] = [of("1"), of(1)];
  const later = limited(time, { limits, sentAt: performance.now() + 1 });
  await time.pass(600);
  limits.progress(progressOf({ progressToken: 1 }));
  await time.pass(10_000);
  assert.deepEqual([text, number, later].map(({ late }) => late[0]?.at), [1_000, 1_600, 1_001]);
});

Deno.test("what has ended is not looked at when there is progress", async () => {
  using time = new FakeTime();
  const limits = createRequestLimits(1_000);
  const params = { _meta: { progressToken: 1 } };
  const { limit, late } = limited(time, { limits, params });
  limit[Symbol.dispose]();
  limits.progress(progressOf({ progressToken: 1 }));
  await time.pass(10_000);
  assert.deepEqual(late, []);
});

const call = (id: number) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "slow", arguments: {}, _meta: { progressToken: "p" } },
});

Deno.test("--request-timeout answers a call that takes too long, and cancels it", async () => {
  const stream = openEventResponse();
  const cancelled = Promise.withResolvers<unknown>();
  await using bridge = startBridge(
    legacyBackend(({ message }) => {
      if (message?.method === "tools/call") return stream.response;
      if (message?.method === "notifications/cancelled") cancelled.resolve(message.params);
      return undefined;
    }),
    { requestTimeout: 200 },
  );
  await bridge.initialize();
  await bridge.send(call(7));
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, 7);
  assert.equal(error.data.reason, "request_timeout");
  assert.match(
    error.message,
    /no answer to tools\/call within 0\.2 s .* may have been carried out/,
  );
  assert.equal((await cancelled.promise as { requestId: unknown }).requestId, 7);
});

Deno.test("progress gives a call its time again", async () => {
  const stream = openEventResponse();
  await using bridge = startBridge(
    legacyBackend(({ message }) => message?.method === "tools/call" ? stream.response : undefined),
    { requestTimeout: 1_000 },
  );
  await bridge.initialize();
  await bridge.send(call(7));
  const since = performance.now();
  const progress = { progressToken: "p", progress: 1 };
  const notification = { jsonrpc: "2.0", method: "notifications/progress", params: progress };
  while (performance.now() - since < 1_500) {
    await stream.write(`data: ${JSON.stringify(notification)}\n\n`);
    assert.equal((await bridge.nextMessage()).method, "notifications/progress");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stream.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: 7, result: {} })}\n\n`);
  assert.deepEqual((await bridge.nextMessage()).result, {});
});
