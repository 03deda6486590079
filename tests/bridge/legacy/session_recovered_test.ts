import assert from "node:assert/strict";
import { isAlike, isSuspicious } from "../../../src/bridge/legacy/suspicious_answer.ts";
import {
  type Backend,
  jsonResponse,
  legacyBackend,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

const handshakes = (received: readonly Received[]) =>
  received.filter(({ message }) => message?.method === "initialize").length;

const call = (id: unknown, method = "tools/call") => ({ jsonrpc: "2.0", id, method });

/** A backend in which each session is what the last `initialize` began, until it is forgotten. */
function sessionBackend(
  answer: (received: Received, isKnown: boolean) => Response | undefined,
): { backend: Backend; forget: () => void } {
  let sessions = 0;
  let valid = "";
  return {
    forget: () => valid = "none",
    backend: async (received) => {
      if (received.message?.method === "initialize") {
        valid = String(++sessions);
        return await legacyBackend(undefined, { sessionId: valid })(received);
      }
      const isKnown = received.headers.get("mcp-session-id") === valid;
      if (received.method !== "POST") return new Response(null, { status: 405 });
      return answer(received, isKnown) ?? await legacyBackend()(received);
    },
  };
}

Deno.test("answers are alike apart from the id, times and request ids", () => {
  const answer = (body: string, status = 400) => ({ status, body: new TextEncoder().encode(body) });
  const alike: [string, string][] = [
    ["", ""],
    [
      '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no session"}}',
      '{"jsonrpc":"2.0","id":"ping","error":{"code":-1,"message":"no session"}}',
    ],
    [
      '{"timestamp":"2026-11-25T09:00:01.123+00:00","status":400,"path":"/mcp"}',
      '{"timestamp":"2026-11-25T09:00:01.345+00:00","status":400,"path":"/mcp"}',
    ],
    [
      "request 0192f0c1-7a3b-7c3d-8e4f-001122334455: no session",
      "request 0192f0c1-7a3b-7c3d-8e4f-aabbccddeeff: no session",
    ],
    ["ray 8f1d2c3b4a5e6f70", "ray 8f1d2c3b4a5e6f71"],
  ];
  for (const [one, other] of alike) assert(isAlike(answer(one), answer(other)), one);
  const different: [string, string][] = [
    ["no session", "no such tool"],
    [
      '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"mail 1 of 2 was sent"}}',
      '{"jsonrpc":"2.0","id":8,"error":{"code":-1,"message":"no session"}}',
    ],
    ["item 41 is missing", "item 42 is missing"],
  ];
  for (const [one, other] of different) assert(!isAlike(answer(one), answer(other)), one);
  assert(!isAlike(answer("", 400), answer("", 410)));
  assert(isAlike(answer("one", 404), answer("other", 404)));
});

Deno.test("what is about the message or the way is no sign of a lost session", () => {
  for (const status of [200, 204, 405, 407, 413, 414, 415, 429, 431]) {
    assert(!isSuspicious(status), `${status}`);
  }
  for (const status of [400, 401, 403, 404, 409, 410, 419, 422, 440, 500, 502, 503, 504, 520]) {
    assert(isSuspicious(status), `${status}`);
  }
});

Deno.test("a tool's error that speaks of an expired session is passed on, and the tool runs once", async () => {
  let mails = 0;
  const error = {
    code: -32603,
    message: "Mail 1 of 2 sent; then: your AWS session has expired, sign in again",
  };
  const { backend } = sessionBackend(({ message }) => {
    if (message.method !== "tools/call") return undefined;
    mails++;
    return jsonResponse({ jsonrpc: "2.0", id: message.id, error }, { status: 400 });
  });
  await using bridge = startBridge(backend);
  await bridge.initialize();
  await bridge.send(call(1));
  assert.deepEqual((await bridge.nextMessage()).error, error);
  assert.equal(mails, 1);
  assert.equal(handshakes(bridge.received), 1);
});

Deno.test("a backend that knows no ping, and says so, is alive", async () => {
  const { backend } = sessionBackend(({ message }) =>
    message.id === undefined ? undefined : jsonResponse({
      jsonrpc: "2.0",
      id: message.id,
      error: { code: -32601, message: "Method not found" },
    }, { status: 400 })
  );
  await using bridge = startBridge(backend);
  await bridge.initialize();
  await bridge.send(call(1, "custom/method"));
  assert.equal((await bridge.nextMessage()).error.code, -32601);
  assert.equal(handshakes(bridge.received), 1);
});

Deno.test("a backend that is out of order altogether keeps its session", async () => {
  let isOut = false;
  await using bridge = startBridge(
    (received) =>
      isOut ? new Response("bad gateway", { status: 502 }) : legacyBackend(undefined, {
        sessionId: "the-one",
      })(received),
    { retryWindow: 50 },
  );
  await bridge.initialize();
  isOut = true;
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).error.data.httpStatus, 502);
  isOut = false;
  await bridge.send(call(2));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  const last = bridge.received.find(({ message }) => message?.id === 2);
  assert.equal(last?.headers.get("mcp-session-id"), "the-one");
  assert.equal(bridge.received.filter(({ method }) => method === "DELETE").length, 0);
});

Deno.test("a backend that is busy is not asked for its session", async () => {
  let isBusy = true;
  const { backend } = sessionBackend(({ message }) => {
    if (message.method !== "tools/call" || !isBusy) return undefined;
    isBusy = false;
    return new Response(null, { status: 503, headers: { "retry-after": "0" } });
  });
  await using bridge = startBridge(backend);
  await bridge.initialize();
  await bridge.send(call(1));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  assert(!bridge.received.some(({ message }) => message?.method === "ping"));
});

Deno.test("a backend whose tools answer 404 costs one new session, not one for each call", async () => {
  let calls = 0;
  const { backend } = sessionBackend(({ message }) => {
    if (message.method !== "tools/call") return undefined;
    calls++;
    return new Response("no such customer", { status: 404 });
  });
  await using bridge = startBridge(backend);
  await bridge.initialize();
  for (let n = 1; n <= 5; n++) {
    await bridge.send(call(n));
    let answer;
    do answer = await bridge.nextMessage(); while (answer.method);
    assert.equal(answer.error.data.httpStatus, 404);
    assert.equal(calls, n);
  }
  assert.equal(handshakes(bridge.received), 2);
});

Deno.test("a list that is 404 in a fresh session as well is answered with the backend's own error", async () => {
  const error = { code: -32004, message: "this list is gone" };
  const { backend } = sessionBackend(({ message }) =>
    message.method === "tools/list"
      ? jsonResponse({ jsonrpc: "2.0", id: message.id, error }, { status: 404 })
      : undefined
  );
  await using bridge = startBridge(backend);
  await bridge.initialize();
  for (const id of [1, 2]) {
    await bridge.send(call(id, "tools/list"));
    let answer;
    do answer = await bridge.nextMessage(); while (answer.method);
    assert.deepEqual(answer.error, error);
  }
  assert.equal(handshakes(bridge.received), 2);
});

Deno.test("a session that a lenient backend lets ping in is begun again after a 404", async () => {
  const { backend, forget } = sessionBackend(({ message }, isKnown) =>
    isKnown || message.method === "ping" ? undefined : new Response(null, { status: 404 })
  );
  await using bridge = startBridge(backend);
  await bridge.initialize();
  forget();
  const answers = [];
  for (const id of [1, 2]) {
    await bridge.send(call(id));
    let answer;
    do answer = await bridge.nextMessage(); while (answer.method);
    answers.push(answer.error?.data.httpStatus ?? answer.result);
  }
  assert.deepEqual(answers, [404, {}]);
});

Deno.test("twenty calls that find the session lost ask once", async () => {
  const { backend, forget } = sessionBackend((_, isKnown) =>
    isKnown ? undefined : new Response("No active session", { status: 400 })
  );
  await using bridge = startBridge(backend);
  await bridge.initialize();
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the whole handshake");
  forget();
  const before = bridge.received.length;
  const lines = Array.from({ length: 20 }, (_, id) => `${JSON.stringify(call(id))}\n`).join("");
  await bridge.sendBytes(new TextEncoder().encode(lines));
  for (let answered = 0; answered < 20;) {
    const { id, result } = await bridge.nextMessage();
    if (id === undefined) continue;
    assert.deepEqual(result, {});
    answered++;
  }
  const count = (method: string) =>
    bridge.received.slice(before).filter(({ message }) => message?.method === method).length;
  assert.equal(count("tools/call"), 40);
  assert.equal(count("initialize"), 1);
  assert(count("ping") <= 2, `${count("ping")} pings`);
});
