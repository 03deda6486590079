import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { postMessage, type PostMessageOptions } from "../../../src/bridge/legacy/post_message.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import type {
  Recovery,
  RefusedMessage,
  SessionRecovery,
} from "../../../src/bridge/legacy/session_recovery.ts";
import type { SuspiciousAnswer } from "../../../src/bridge/legacy/suspicious_answer.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { type Answer, createParts, messageOf, openBody, textOf } from "../bridge_parts.ts";

const note = messageOf({ method: "notifications/a" });

/** A recovery that says this, and what it was asked. */
function recoveryOf(outcome: Recovery | Promise<Recovery>, isRefused = false) {
  const asked: { answer: SuspiciousAnswer; message: RefusedMessage }[] = [];
  const recovery: SessionRecovery = {
    after(answer, message) {
      asked.push({ answer, message });
      return Promise.resolve(outcome);
    },
    isSessionRefused(answer, message) {
      asked.push({ answer, message });
      return Promise.resolve(isRefused);
    },
    isAlive: () => Promise.resolve(true),
  };
  return { recovery, asked };
}

function post(
  answer: Answer,
  { message = note, retryWindow = 0, ...more }:
    & Partial<PostMessageOptions>
    & { message?: typeof note; retryWindow?: number } = {},
) {
  const parts = createParts(answer, { retryWindow, acceptTimeout: 1_000 });
  const session = createSession();
  session.id = "abc";
  let leaves = 0;
  const done = postMessage(message, {
    context: parts.context,
    session,
    purpose: "unasked",
    onSend: () => void leaves++,
    ...more,
  });
  return { ...parts, session, done, leaves: () => leaves };
}

const refused = (status: number, body = "no session", headers: Record<string, string> = {}) => () =>
  new Response(body, { status, headers: { "content-type": "text/plain", ...headers } });

Deno.test("a message is posted in its session, which has taken it then", async () => {
  const { body, cancelled } = openBody();
  const { done, sent, session, leaves, logged } = post(() => new Response(body));
  assert.equal(await done, "taken");
  const [{ method, headers, body: given, purpose, isSessionLost }] = sent as [typeof sent[number]];
  assert.deepEqual({ method, headers, purpose, isSessionLost }, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "accept": "application/json, text/event-stream",
      "mcp-session-id": "abc",
    },
    purpose: "unasked",
    isSessionLost: undefined,
  });
  assert.equal(textOf(given!), textOf(note.bytes));
  assert.deepEqual([session.hasTaken, leaves(), cancelled.length, logged], [true, 1, 1, []]);
  assert.equal(
    await post(() => new Response(null, { status: 202 }), { onSend: undefined }).done,
    "taken",
  );
});

Deno.test("one that is not taken is dropped with a warning that names it", async () => {
  const response = messageOf({ id: 1, result: {} });
  for (const [message, name] of [[note, "notifications/a"], [response, "a response"]] as const) {
    const { done, session, logged, sent } = post(refused(400), { message });
    assert.equal(await done, "dropped");
    assert.deepEqual([session.hasTaken, sent.length], [false, 1]);
    assert.deepEqual(logged, [
      `warn: ${name} did not reach the backend: Backend error: the backend answered HTTP 400: no ` +
      "session. Fix: check MCP_BACKEND_URL.",
    ]);
  }
});

Deno.test("whether the session is lost is asked of who knows", async () => {
  for (
    const [outcome, expected] of [
      ["send again", "session lost"],
      ["pass on", "dropped"],
      ["perhaps carried out", "dropped"],
    ] as const
  ) {
    const { recovery, asked } = recoveryOf(outcome);
    const { done, session } = post(refused(400), { recovery });
    assert.equal(await done, expected);
    assert.deepEqual(asked, [{
      answer: { status: 400, body: new TextEncoder().encode("no session"), method: note.method },
      message: {
        session,
        purpose: "unasked",
        isAwaited: false,
        isRepeatable: false,
        isSecond: false,
      },
    }]);
  }
});

Deno.test("a backend that is busy is not asked, and gets the message again", async () => {
  const { recovery, asked } = recoveryOf("send again");
  const { done, sent, leaves } = post(
    (_, count) =>
      count === 1
        ? refused(503, "", { "retry-after": "0" })()
        : new Response(null, { status: 202 }),
    { recovery, retryWindow: 20_000 },
  );
  assert.equal(await done, "taken");
  assert.deepEqual([asked.length, sent.length, leaves()], [0, 2, 2]);
});

Deno.test("a token that is refused may be the session's refusal", async () => {
  for (const isRefused of [true, false]) {
    const { recovery, asked } = recoveryOf("pass on", isRefused);
    const { done, sent, logged } = post(async (request) => {
      const answer = { status: 401, body: new TextEncoder().encode("x") };
      assert.equal(await request.isSessionLost!(answer), isRefused);
      return refused(401)();
    }, { recovery });
    assert.equal(await done, isRefused ? "session lost" : "dropped");
    assert.equal(asked[0]!.answer.status, 401);
    assert.equal(asked[0]!.answer.method, note.method);
    assert.equal(asked.length, isRefused ? 1 : 2);
    assert.deepEqual([sent.length, logged.length], [1, isRefused ? 0 : 1]);
  }
});

Deno.test("one that is not taken in time is dropped, also while somebody is asked", async () => {
  const never = new Promise<Recovery>(() => {});
  const rows: [Answer, SessionRecovery | undefined][] = [
    [() => new Promise<Response>(() => {}), undefined],
    [refused(400), recoveryOf(never).recovery],
    [async (request) => {
      await request.isSessionLost!({ status: 401, body: new Uint8Array() });
      return refused(401)();
    }, { ...recoveryOf("pass on").recovery, isSessionRefused: () => new Promise(() => {}) }],
  ];
  for (const [answer, recovery] of rows) {
    using time = new FakeTime();
    const { done, logged } = post(answer, { recovery });
    // A body is read in turns of its own.
    for (let turn = 0; turn < 20; turn++) await time.pass(0);
    await time.pass(999);
    assert.deepEqual(logged, []);
    await time.pass(1);
    assert.equal(await done, "dropped");
    assert.match(logged.join(), /the backend did not accept a message within 1 s/);
  }
});

Deno.test("a person who signs in takes no time of the backend", async () => {
  using time = new FakeTime();
  const { done, sent, logged } = post(() => new Promise<Response>(() => {}));
  await time.pass(900);
  sent[0]!.onRefusal!();
  await time.pass(60_000);
  assert.deepEqual(logged, []);
  sent[0]!.onSend!();
  await time.pass(1_000);
  assert.equal(await done, "dropped");
});

Deno.test("with the bridge it ends without a word", async () => {
  const { done, stop, logged } = post(() => new Promise<Response>(() => {}));
  stop.abort(
    new ProxyError({ category: "System error", what: "over", fix: "none", reason: "over" }),
  );
  assert.equal(await done, "dropped");
  assert.deepEqual(logged, []);
});

Deno.test("a message that is taken leaves nothing to wait for", async () => {
  using time = new FakeTime();
  await post(() => new Response(null, { status: 202 })).done;
  assert.equal(time.isAwaited, false);
});

Deno.test("what is known of the backend is in the warning, and no more than may be read", async () => {
  const parts = createParts(refused(404, "abcdef"), { maxMessageBytes: 3 });
  const http = { ...parts.context.http, known: { isAddressGood: true, authorizationBytes: 1 } };
  await postMessage(note, {
    context: { ...parts.context, http },
    session: createSession(),
    purpose: "client",
  });
  assert.match(parts.logged.join(), /HTTP 404: abc\. Fix: change the request as the backend says/);
});
