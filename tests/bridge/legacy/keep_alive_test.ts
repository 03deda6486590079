import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { keepAlive } from "../../../src/bridge/legacy/keep_alive.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import type {
  RefusedMessage,
  SessionRecovery,
} from "../../../src/bridge/legacy/session_recovery.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { jsonResponse } from "../bridge_fixture.ts";
import { type Answer, createParts, textOf } from "../bridge_parts.ts";

const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });

/** A session that is kept alive each second, and when it was pinged. */
function keep(time: FakeTime, answer: Answer) {
  const pinged: number[] = [];
  const since = time.now;
  const use = { at: performance.now() };
  const parts = createParts((request, count) => {
    pinged.push(time.now - since);
    use.at = performance.now();
    return answer(request, count);
  }, { keepAlive: 1_000 });
  const session = createSession();
  session.id = "abc";
  const refused: RefusedMessage[] = [];
  const recovery: SessionRecovery = {
    after(_, message) {
      refused.push(message);
      return Promise.resolve("pass on");
    },
    isSessionRefused: () => Promise.resolve(false),
    isAlive: () => Promise.resolve(true),
  };
  const http = {
    ...parts.context.http,
    get lastUsed() {
      return use.at;
    },
  };
  let isOver = false;
  keepAlive({ context: { ...parts.context, http }, session, recovery }).then(() => isOver = true);
  return { ...parts, session, pinged, refused, use, isOver: () => isOver };
}

const settle = async (time: FakeTime) => {
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
};

const good: Answer = ({ body }) => {
  const { id } = JSON.parse(textOf(body!));
  return jsonResponse({ jsonrpc: "2.0", id, result: {} });
};

Deno.test("a backend to which nothing was said for the interval is pinged", async () => {
  using time = new FakeTime();
  const { pinged, sentMessages, sent, session, isOver, use } = keep(time, good);
  await time.pass(999);
  assert.deepEqual(pinged, []);
  await time.pass(1);
  assert.deepEqual(pinged, [1_000]);
  await settle(time);
  await time.pass(1_000);
  await settle(time);
  assert.deepEqual(pinged, [1_000, 2_000]);
  await time.pass(900);
  use.at = performance.now();
  await time.pass(999);
  assert.equal(pinged.length, 2, "something else was said to it");
  await time.pass(1);
  assert.deepEqual(pinged, [1_000, 2_000, 3_900]);
  const ids = sentMessages().map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  assert.match(ids[0], /^authful-mcp-proxy-ping-\d+$/);
  assert.deepEqual(sentMessages().map(({ method }) => method), ["ping", "ping", "ping"]);
  const { purpose, headers } = sent[0]!;
  assert.deepEqual([purpose, headers["mcp-session-id"]], ["background", "abc"]);
  session.over.abort(over);
  await settle(time);
  assert.equal(isOver(), true);
});

Deno.test("a ping that is not answered within the interval is given up, and another follows", async () => {
  using time = new FakeTime();
  const { pinged, sent } = keep(time, () => new Promise<Response>(() => {}));
  await time.pass(1_000);
  await settle(time);
  await time.pass(999);
  assert.equal(sent[0]!.signal.aborted, false);
  await time.pass(1);
  assert.equal(sent[0]!.signal.aborted, true);
  await settle(time);
  await time.pass(1_000);
  await settle(time);
  assert.deepEqual(pinged, [1_000, 3_000]);
});

Deno.test("a ping that fails at once is not followed by the next at once", async () => {
  using time = new FakeTime();
  const { pinged, logged, use } = keep(time, () => {
    // As if nothing had been sent.
    use.at = -Infinity;
    return Promise.reject(over);
  });
  use.at = -Infinity;
  await settle(time);
  await time.pass(1_000);
  await settle(time);
  assert.ok(pinged.length >= 1 && pinged.length <= 2, pinged.join());
  await time.pass(999);
  const before = pinged.length;
  await time.pass(1_000);
  assert.equal(pinged.length, before + 1);
  assert.deepEqual(logged, []);
});

Deno.test("a ping that is refused is looked into", async () => {
  using time = new FakeTime();
  const { refused, session } = keep(time, () => new Response(null, { status: 404 }));
  await time.pass(1_000);
  await settle(time);
  assert.deepEqual(
    refused.map(({ session, isAwaited, purpose }) => [session, isAwaited, purpose]),
    [
      [session, false, "background"],
    ],
  );
});

Deno.test("with its session a ping ends", async () => {
  using time = new FakeTime();
  const { sent, session, isOver } = keep(time, () => new Promise<Response>(() => {}));
  await time.pass(1_000);
  session.over.abort(over);
  assert.equal(sent[0]!.signal.reason, over);
  await settle(time);
  assert.equal(isOver(), true);
  await time.pass(10_000);
  assert.equal(sent.length, 1);
});

Deno.test("a session that is over is not pinged", async () => {
  using time = new FakeTime();
  const parts = createParts(() => assert.fail("nobody pings"), { keepAlive: 1_000 });
  const session = createSession();
  session.over.abort(over);
  await keepAlive({ context: parts.context, session, recovery: undefined as never });
  await time.pass(5_000);
});
