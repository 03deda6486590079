import assert from "node:assert/strict";
import { createAcceptLimit } from "../../../src/bridge/accept_limit.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createExchange } from "../../../src/bridge/exchange.ts";
import { postRequest, type PostRequestOptions } from "../../../src/bridge/legacy/post_request.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import type {
  Recovery,
  RefusedMessage,
  SessionRecovery,
} from "../../../src/bridge/legacy/session_recovery.ts";
import type { SuspiciousAnswer } from "../../../src/bridge/legacy/suspicious_answer.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { event, eventResponse, jsonResponse } from "../bridge_fixture.ts";
import { type Answer, createParts, messageOf, textOf } from "../bridge_parts.ts";

const result = { jsonrpc: "2.0", id: 1, result: {} };
const errorOf = (code: number) => ({ jsonrpc: "2.0", id: 1, error: { code, message: "no" } });
const refused = (status: number, body = "no session", headers: Record<string, string> = {}) => () =>
  new Response(body, { status, headers: { "content-type": "text/plain", ...headers } });

/** A recovery that says these, one after the other, and what it was asked. */
function recoveryOf(outcomes: (Recovery | Promise<Recovery>)[], isRefused = false) {
  const asked: { answer: SuspiciousAnswer; message: RefusedMessage }[] = [];
  const alive: unknown[] = [];
  const recovery: SessionRecovery = {
    async after(answer, message) {
      asked.push({ answer, message });
      return await outcomes[asked.length - 1]!;
    },
    isSessionRefused(answer, message) {
      asked.push({ answer, message });
      return Promise.resolve(isRefused);
    },
    isAlive(session) {
      alive.push(session);
      return Promise.resolve(true);
    },
  };
  return { recovery, asked, alive };
}

function post(
  answer: Answer,
  { method = "tools/call", overrides = {}, ...more }: Partial<PostRequestOptions> & {
    method?: string;
    overrides?: Partial<BridgeContext>;
  } = {},
) {
  const lines: string[] = [];
  const write = (line: Uint8Array) => void lines.push(textOf(line));
  const parts = createParts(answer, { toClient: write, ...overrides });
  const exchange = createExchange(messageOf({ id: 1, method }), write);
  const session = createSession();
  session.id = "abc";
  const done = postRequest(exchange, {
    context: parts.context,
    session: () => session,
    ...more,
  });
  done.catch(() => {});
  return { ...parts, lines, exchange, session, done };
}

Deno.test("a request is posted in its session, and JSON or events are its answer", async () => {
  const answers = [
    () => jsonResponse(result),
    () => eventResponse(event({ jsonrpc: "2.0", method: "a" }), event(result)),
  ];
  for (const [at, answer] of answers.entries()) {
    const before = performance.now();
    const { done, sent, lines, session, exchange } = post(answer);
    await done;
    const [{ method, headers, body, purpose, isQuestion, isSessionLost }] = sent as [
      typeof sent[number],
    ];
    assert.deepEqual({ method, headers, purpose, isQuestion, isSessionLost }, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-session-id": "abc",
      },
      purpose: "client",
      isQuestion: false,
      isSessionLost: undefined,
    });
    assert.equal(textOf(body!), textOf(exchange.request.bytes));
    assert.equal(lines.length, 1 + at);
    assert.deepEqual([session.hasTaken, exchange.hasResponse, session.open.size], [true, true, 0]);
    assert.ok(exchange.sentAt >= before);
  }
});

Deno.test("while it is on its way it is open in its session, and the last one tells", async () => {
  const came = Promise.withResolvers<Response>();
  const { done, session, exchange } = post(() => came.promise);
  let idle = 0;
  session.onIdle = () => void idle++;
  await Promise.resolve();
  assert.deepEqual([...session.open], [exchange]);
  session.open.add("another");
  came.resolve(jsonResponse(result));
  await done;
  assert.deepEqual([[...session.open], idle], [["another"], 0]);
  session.open.clear();
  await postRequest(
    createExchange(messageOf({ id: 2, method: "ping" }), () => {}),
    {
      context: createParts(() => jsonResponse({ ...result, id: 2 })).context,
      session: () => session,
    },
  );
  assert.equal(idle, 1);
});

Deno.test("the header fields of a good answer are seen, those of another are not", async () => {
  const seen: (string | null)[] = [];
  const onHeaders = (headers: Headers) => void seen.push(headers.get("mcp-session-id"));
  await post(() => jsonResponse(result, { headers: { "mcp-session-id": "new" } }), { onHeaders })
    .done;
  await post(refused(400, "", { "mcp-session-id": "bad" }), { onHeaders }).done.catch(() => {});
  assert.deepEqual(seen, ["new"]);
});

Deno.test("a client that does not read its answers is not fetched more of them", async () => {
  const room = Promise.withResolvers<void>();
  const { done, sent } = post(() => jsonResponse(result), {
    overrides: { whenWritable: () => room.promise },
  });
  await Promise.resolve();
  assert.equal(sent.length, 0);
  room.resolve();
  await done;
  assert.equal(sent.length, 1);
  const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });
  const waiting = post(() => jsonResponse(result), {
    overrides: { whenWritable: () => new Promise<void>(() => {}) },
  });
  waiting.exchange.abort(over);
  await assert.rejects(waiting.done, over);
});

Deno.test("an HTTP error is the answer, unless there is a JSON-RPC error in it", async () => {
  const plain = post(refused(400));
  await assert.rejects(plain.done, { reason: "http_400" });
  assert.deepEqual([plain.lines, plain.session.hasTaken, plain.exchange.sentAt], [[], false, 0]);
  const json = post(() => jsonResponse(errorOf(-32000), { status: 400 }));
  await json.done;
  assert.equal(json.lines.length, 1);
});

Deno.test("what is known of who asks, and of what was answered, is told to the recovery", async () => {
  for (
    const [method, purpose, isRepeatable, isAwaited] of [
      ["tools/call", "client", false, true],
      ["tools/list", "client", true, true],
      ["tools/call", "unasked", false, true],
      ["tools/call", "background", false, false],
    ] as const
  ) {
    const { recovery, asked } = recoveryOf(["pass on"]);
    const lines: string[] = [];
    const parts = createParts(refused(400));
    const exchange = createExchange(messageOf({ id: 1, method }), (it) => lines.push(textOf(it)));
    exchange.purpose = purpose;
    const session = createSession();
    await postRequest(exchange, { context: parts.context, session: () => session, recovery })
      .catch(() => {});
    assert.deepEqual(asked, [{
      answer: { status: 400, body: new TextEncoder().encode("no session"), method },
      message: { session, purpose, isAwaited, isRepeatable, isSecond: false },
    }]);
  }
});

Deno.test("a request whose session is begun again is sent once more, in the new one", async () => {
  const { recovery, asked } = recoveryOf(["send again", "lost again"]);
  const sessions = ["first", "second"].map((id) => Object.assign(createSession(), { id }));
  let at = 0;
  const again = post(
    (_, count) => count === 1 ? refused(404)() : jsonResponse(result),
    { recovery, session: () => sessions[at++]! },
  );
  await again.done;
  assert.deepEqual(again.sent.map(({ headers }) => headers["mcp-session-id"]), ["first", "second"]);
  assert.equal(again.lines.length, 1);
  const lost = recoveryOf(["send again", "lost again"]);
  const twice = post(refused(404), { recovery: lost.recovery });
  await assert.rejects(twice.done, {
    reason: "session_lost",
    httpStatus: 404,
    message: "Backend error: the backend answered HTTP 404: no session, and so in a session that " +
      "had just begun: it loses every session at once, as several copies do that do not share " +
      "their sessions. Fix: look at the backend's log, and let its copies share their sessions " +
      "if there are several.",
  });
  assert.deepEqual(lost.asked.map(({ message }) => message.isSecond), [false, true]);
  assert.equal(asked.length, 1);
});

Deno.test("what may have been carried out is not sent again", async () => {
  const { recovery } = recoveryOf(["perhaps carried out"]);
  const { done, sent } = post(refused(500, "broken"), { recovery });
  await assert.rejects(done, {
    reason: "session_broken",
    httpStatus: 500,
    message:
      "Backend error: the backend answered HTTP 500: broken, and has lost the session; the " +
      "request may have been carried out. Fix: check what was done before you try again.",
  });
  assert.equal(sent.length, 1);
});

Deno.test("a token that is refused may be the session's refusal", async () => {
  const { recovery, asked } = recoveryOf(["pass on"], true);
  const { done, sent, lines } = post(async (request, count) => {
    if (count > 1) return jsonResponse(result);
    const answer = { status: 401, body: new TextEncoder().encode("x") };
    assert.equal(await request.isSessionLost!(answer), true);
    return refused(401)();
  }, { recovery });
  await done;
  assert.deepEqual([sent.length, lines.length], [2, 1]);
  assert.equal(asked.length, 1);
  assert.deepEqual([asked[0]!.answer.status, asked[0]!.answer.method], [401, "tools/call"]);
});

Deno.test("an error in a good answer is looked into where there is a session that may be lost", async () => {
  const rows: [code: number, id: string | undefined, withRecovery: boolean, isAsked: boolean][] = [
    [-32000, "abc", true, true],
    [-32601, "abc", true, false],
    [-32000, undefined, true, false],
    [-32000, "abc", false, false],
  ];
  for (const [code, id, withRecovery, isAsked] of rows) {
    const { recovery, asked } = recoveryOf(["pass on"]);
    const session = Object.assign(createSession(), { id });
    const { done, lines } = post(() => jsonResponse(errorOf(code)), {
      session: () => session,
      ...(withRecovery ? { recovery } : {}),
    });
    await done;
    assert.equal(asked.length, isAsked ? 1 : 0, `${code} ${id}`);
    if (isAsked) {
      assert.equal(asked[0]!.answer.status, 200);
      assert.deepEqual(JSON.parse(textOf(asked[0]!.answer.body)), errorOf(code));
    }
    assert.deepEqual(lines.map((line) => JSON.parse(line)), [errorOf(code)]);
  }
  const { recovery, asked } = recoveryOf(["pass on"]);
  const onStream = post(() => eventResponse(event(errorOf(-32000))), { recovery });
  await onStream.done;
  assert.deepEqual([asked.length, onStream.lines.length], [0, 1], "a stream is read on");
});

Deno.test("an error that was kept back is the answer when the question for it fails", async () => {
  const { recovery } = recoveryOf([
    Promise.reject(
      new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "session_lost" }),
    ),
  ]);
  const { done } = post(() => jsonResponse(errorOf(-32000)), { recovery });
  await assert.rejects(done, { reason: "session_lost" });
});

Deno.test("a backend that is busy is not asked, and gets the request again", async () => {
  const { recovery, asked } = recoveryOf(["send again"]);
  const failures: unknown[] = [];
  const { done, sent, lines, exchange } = post((_, count) => {
    if (count === 1) return refused(503, "", { "retry-after": "0" })();
    failures.push(exchange.lastFailure?.reason, exchange.hasResponse);
    return jsonResponse(result);
  }, { recovery, overrides: { retryWindow: 20_000 } });
  await done;
  assert.deepEqual([asked.length, sent.length, lines.length], [0, 2, 1]);
  assert.deepEqual(failures, ["backend_busy", false]);
});

Deno.test("what only reads is sent again when the backend is down, a call is not", async () => {
  for (const [method, times] of [["tools/list", 2], ["tools/call", 1]] as const) {
    const { done, sent } = post(
      (_, count) => count === 1 ? refused(502)() : jsonResponse(result),
      { method, overrides: { retryWindow: 20_000 } },
    );
    await done.catch((error) => assert.equal(error.reason, "backend_down"));
    assert.equal(sent.length, times, method);
  }
});

Deno.test("what is answered while it waits to be sent again is not sent any more", async () => {
  using time = new FakeTime();
  const { done, sent, exchange } = post(refused(502), {
    method: "tools/list",
    overrides: { retryWindow: 20_000 },
  });
  await time.pass(0);
  assert.equal(exchange.lastFailure?.reason, "backend_down");
  // By a stream of the backend that another request has.
  exchange.answer(messageOf(result));
  await time.pass(60_000);
  await done;
  assert.equal(sent.length, 1);
});

Deno.test("a trial is made once, with the token that there is", async () => {
  const { done, sent } = post(refused(503, "", { "retry-after": "0" }), {
    isTrial: true,
    overrides: { retryWindow: 20_000 },
  });
  await assert.rejects(done, { reason: "backend_busy" });
  assert.deepEqual([sent.length, sent[0]!.isQuestion], [1, true]);
});

Deno.test("a failure behind the answer is none", async () => {
  const { done, lines } = post(() => eventResponse(event(result), event("7")));
  await done;
  assert.equal(lines.length, 1);
});

Deno.test("while the token is refused it is not on its way, and takes no time of the backend", async () => {
  const stop = new AbortController();
  using limit = createAcceptLimit({ acceptTimeout: 60_000, stop: stop.signal });
  const events: string[] = [];
  const { done, exchange } = post(async (request) => {
    await Promise.resolve();
    assert.notEqual(exchange.sentAt, 0);
    request.onRefusal!();
    assert.equal(exchange.sentAt, 0);
    await Promise.resolve();
    request.onSend!();
    assert.notEqual(exchange.sentAt, 0);
    return jsonResponse(result);
  }, {
    limit: {
      ...limit,
      onSend: () => void events.push("send"),
      onRefusal: () => void events.push("refusal"),
    },
  });
  await done;
  assert.deepEqual(events, ["send", "refusal", "send"]);
});

Deno.test("a stream that ends before its answer is taken up again", async () => {
  const { recovery } = recoveryOf([]);
  const { done, sent, lines } = post(
    (_, count) =>
      count === 1
        ? eventResponse("retry: 50\n", event({ jsonrpc: "2.0", method: "a" }, "e1"))
        : eventResponse(event(result)),
    { recovery },
  );
  await done;
  assert.deepEqual(sent.map(({ method }) => method), ["POST", "GET"]);
  assert.equal(lines.length, 2);
});

Deno.test("whoever waits for the recovery no more ends the wait", async () => {
  const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });
  const { recovery, asked } = recoveryOf([new Promise<Recovery>(() => {})]);
  const { done, exchange } = post(refused(400), { recovery });
  while (asked.length === 0) await new Promise((resolve) => queueMicrotask(() => resolve(0)));
  exchange.abort(over);
  await done;
  assert.equal(exchange.isAnswered, true);
});

Deno.test("no more of an error is read than a message may have", async () => {
  const { done } = post(refused(400, "abcdef"), { overrides: { maxMessageBytes: 3 } });
  await assert.rejects(done, { what: "the backend answered HTTP 400: abc" });
});
