import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { errorResponse, notification, request, response, valueOf } from "../message.ts";
import { type Answer, everything, key, params, setUp } from "./translated_sessions.ts";

const open: Answer = () => undefined;
const rootsList = (id: unknown = 50) => request("roots/list", undefined, id);

Deno.test("a session is begun for what a client can do, and its requests go there", async () => {
  const it = setUp();
  assert.deepEqual(await it.request("tools/call", params({ name: "t", task: {} }), "a"), {
    jsonrpc: "2.0",
    id: "a",
    result: { done: true, resultType: "complete" },
  });
  assert.deepEqual(valueOf(it.sessions[0].requests[0].request), {
    jsonrpc: "2.0",
    method: "tools/call",
    id: 2,
    params: { name: "t" },
  });
  assert.deepEqual(it.sessions[0].done, [{
    jsonrpc: "2.0",
    method: "notifications/initialized",
  }]);
  await it.request(
    "prompts/get",
    params({ task: {}, inputResponses: {}, n: 1 }, { progressToken: 5, other: 1 }),
  );
  assert.deepEqual(valueOf(it.sessions[0].requests[1].request).params, {
    task: {},
    n: 1,
    _meta: { progressToken: 5, other: 1 },
  });
  assert.equal(it.sessions.length, 1);
  await it.request("tools/list", params({}, {}, { roots: {} }));
  assert.equal(it.sessions.length, 2, "who can do something else has another one");
});

Deno.test("two ways to write the same capabilities are one, and none is as an empty object", async () => {
  const it = setUp();
  await it.request("tools/list", params({}, {}, {}));
  await it.request("tools/list", params({}, { [key("clientCapabilities")]: undefined }));
  await it.request("tools/list", params({}, {}, { tasks: {} }));
  assert.equal(it.sessions.length, 1);
});

for (const version of ["2025-11-25", "2027-01-01", undefined]) {
  Deno.test(`version ${version} is refused`, async () => {
    const it = setUp();
    const given = params({}, { [key("protocolVersion")]: version });
    assert.deepEqual((await it.request("tools/list", given)).error, {
      code: -32022,
      message: `Unsupported protocol version: ${version}; 2026-07-28 is spoken here`,
      data: { supported: ["2026-07-28"], ...version !== undefined && { requested: version } },
    });
    assert.equal(it.sessions.length, 0);
  });
}

for (
  const [method, message] of [
    ["tasks/get", "There are no tasks: client and backend speak different eras of MCP"],
    ["initialize", "Method not found"],
    ["ping", "Method not found"],
    ["resources/subscribe", "Method not found"],
  ]
) {
  Deno.test(`${method} is no method of this client`, async () => {
    const it = setUp();
    assert.deepEqual((await it.request(method)).error, { code: -32601, message });
    assert.equal(it.sessions.length, 0);
  });
}

Deno.test("what a backend says of itself is the answer to server/discover", async () => {
  const it = setUp({
    begin: () =>
      response({
        protocolVersion: "2025-06-18",
        capabilities: { tools: {}, tasks: {} },
        serverInfo: { name: "s" },
        instructions: "i",
        _meta: { a: 1 },
      }),
  });
  assert.deepEqual((await it.request("server/discover")).result, {
    instructions: "i",
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {} },
    _meta: { a: 1, [key("serverInfo")]: { name: "s" } },
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
  });
  assert.equal(it.sessions[0].requests.length, 0);
  const silent = setUp({ begin: () => response({}) });
  assert.deepEqual((await silent.request("server/discover")).result, {
    supportedVersions: ["2026-07-28"],
    _meta: {},
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
  });
});

Deno.test("subscriptions are served from the session", async () => {
  const it = setUp({ answer: open });
  await it.waiting();
  it.sessions[0].says(notification("notifications/tools/list_changed"));
  assert.deepEqual(it.lines, [valueOf(notification("notifications/tools/list_changed"))]);
  it.lines.length = 0;
  const listening = await it.waiting(params({ notifications: { toolsListChanged: true } }), {
    method: "subscriptions/listen",
    id: "l",
  });
  assert.deepEqual(it.lines.map(({ params }) => params.notifications), [
    { toolsListChanged: true },
  ]);
  it.sessions[0].says(notification("notifications/tools/list_changed"));
  assert.equal(it.lines[1].params._meta[key("subscriptionId")], "l");
  it.sessions[0].says(notification("notifications/x", { a: 1 }));
  assert.deepEqual(it.lines[2], valueOf(notification("notifications/x", { a: 1 })));
  listening.exchange.abort(requestCancelled());
  await listening.ended;
});

Deno.test("what a backend says before its session is there is said behind it", async () => {
  const begun = Promise.withResolvers<Message>();
  const it = setUp({ begin: () => begun.promise });
  const answered = it.request("tools/list");
  await nextTurn();
  const early = notification("notifications/x", { a: 1 });
  it.sessions[0].says(early);
  early.bytes.fill(0);
  it.sessions[0].says(notification("notifications/y"));
  assert.deepEqual(it.lines, []);
  begun.resolve(response({ capabilities: {} }));
  await answered;
  assert.deepEqual(it.lines, [
    valueOf(notification("notifications/x", { a: 1 })),
    valueOf(notification("notifications/y")),
  ]);
});

Deno.test("of what a backend says before its session is there the first 256 messages are kept", async () => {
  const begun = Promise.withResolvers<Message>();
  const it = setUp({ begin: () => begun.promise });
  const answered = it.request("tools/list");
  await nextTurn();
  for (let n = 0; n < 257; n++) it.sessions[0].says(notification("notifications/x", { n }));
  begun.resolve(response({ capabilities: {} }));
  await answered;
  assert.deepEqual(
    it.lines.map(({ params }) => params.n),
    Array.from({ length: 256 }, (_, n) => n),
  );
});

// ── The beginning of a session ───────────────────────────────────────────────────────────────────

const signedOut = new ProxyError({
  category: "Authentication error",
  what: "w",
  fix: "f",
  reason: "signed_out",
});

Deno.test("those who come while a session begins wait for it", async () => {
  const begun = Promise.withResolvers<Message>();
  const it = setUp({ begin: () => begun.promise });
  const both = [it.request("tools/list", params(), 1), it.request("tools/list", params(), 2)];
  await nextTurn();
  begun.resolve(response({ capabilities: {} }));
  for (const each of both) assert.deepEqual((await each).result.done, true);
  assert.equal(it.sessions.length, 1);
});

Deno.test("a session that does not begin is begun again for the next request", async () => {
  let isDown = true;
  const it = setUp({
    begin: () => isDown ? errorResponse({ code: 1, message: "no" }) : response({}),
  });
  await assert.rejects(it.request("tools/list"), /did not begin a session: no/);
  isDown = false;
  assert.equal((await it.request("tools/list")).result.done, true);
  assert.equal(it.sessions.length, 2);
});

for (
  const [waits, purpose, error, sessions] of [
    ["a client", "client", signedOut, 2],
    ["who is not to be asked", "unasked", signedOut, 1],
    ["a client, for another reason,", "client", new Error("down"), 1],
  ] as const
) {
  Deno.test(`${waits} ${sessions > 1 ? "tries anew" : "fails"} where nobody was asked`, async () => {
    const begun = Promise.withResolvers<Message>();
    const it = setUp({
      begin: (_, number) => number === 0 ? begun.promise : response({ capabilities: {} }),
    });
    const unasked = createExchange(request("server/discover", params()), () => {});
    unasked.purpose = "unasked";
    const opening = it.translation.open(unasked);
    opening.catch(() => {});
    const waiting = createExchange(request("tools/list", params()), () => {});
    waiting.purpose = purpose;
    const another = createExchange(request("tools/list", params(), 2), () => {});
    another.purpose = purpose;
    const both = [it.translation.request(waiting), it.translation.request(another)];
    for (const each of both) each.catch(() => {});
    await nextTurn();
    begun.reject(error);
    await assert.rejects(opening);
    for (const each of both) {
      if (sessions > 1) await each;
      else await assert.rejects(each);
    }
    assert.equal(it.sessions.length, sessions);
  });
}

Deno.test("the session is begun for whoever needs it first", async () => {
  const purposes: string[] = [];
  const it = setUp({
    begin(exchange) {
      purposes.push(exchange.purpose);
      return response({});
    },
  });
  const exchange = createExchange(request("tools/list", params()), () => {});
  exchange.purpose = "unasked";
  await it.translation.open(exchange);
  assert.deepEqual(purposes, ["unasked"]);
});

Deno.test("a request that was answered while the session began goes nowhere", async () => {
  const begun = Promise.withResolvers<Message>();
  const it = setUp({ begin: () => begun.promise });
  const { exchange, ended } = it.start("tools/list");
  exchange.fail(requestCancelled());
  begun.resolve(response({}));
  await ended;
  assert.equal(it.sessions[0].requests.length, 0);
});

Deno.test("of five sessions the first that is used for nothing is ended", async () => {
  const it = setUp({ answer: ({ request }) => request.name === "stay" ? undefined : response({}) });
  const capabilities = (n: number) => ({ [`x${n}`]: {} });
  const use = (n: number, more: object = {}) =>
    it.start("tools/call", params(more, {}, capabilities(n)), n);
  use(0, { name: "stay" });
  await nextTurn();
  it.start("subscriptions/listen", params({}, {}, capabilities(1)), "l");
  await nextTurn();
  for (const n of [2, 3]) await use(n).ended;
  assert.deepEqual(it.sessions.map(({ ended }) => !!ended), [false, false, false, false]);
  await use(4).ended;
  assert.deepEqual(it.sessions.map(({ ended }) => !!ended), [false, false, true, false, false]);
  await use(4).ended;
  assert.equal(it.sessions.length, 5);
  await use(2).ended;
  assert.equal(it.sessions.length, 6, "what was ended is begun again");
  assert.deepEqual(
    it.sessions.map(({ ended }) => !!ended),
    [false, false, true, true, false, false],
  );
});

Deno.test("of five sessions of which four are used none is ended", async () => {
  const it = setUp({ answer: open });
  for (let n = 0; n < 5; n++) await it.waiting(params({}, {}, { [`x${n}`]: {} }), { id: n });
  assert.deepEqual(it.sessions.map(({ ended }) => !!ended), Array(5).fill(false));
});

Deno.test("a session that is not needed any more has two seconds to end, and may fail to", async () => {
  using time = new FakeTime();
  const it = setUp();
  for (let n = 0; n < 6; n++) {
    const used = it.request("tools/list", params({}, {}, { [`x${n}`]: {} }));
    await time.pass(0);
    await used;
  }
  const [first, second, third] = it.sessions;
  assert.ok(first.ended && second.ended && !third.ended);
  await time.pass(1_999);
  assert.equal(first.ended.aborted, false);
  await time.pass(1);
  assert.equal(first.ended.aborted, true);
});

// ── What the backend asks ────────────────────────────────────────────────────────────────────────

Deno.test("a question becomes an answer, and what the client answers goes back", async () => {
  const it = setUp({ answer: open });
  const first = await it.waiting(params({ name: "t" }));
  const [session] = it.sessions;
  session.says(rootsList(), session.requests[0]);
  await first.ended;
  const { resultType, inputRequests, requestState } = first.answers[0].result;
  assert.deepEqual([resultType, inputRequests], [
    "input_required",
    { "roots-1": { method: "roots/list", params: {} } },
  ]);
  const again = { name: "t", inputResponses: { "roots-1": { roots: [] } }, requestState };
  const second = await it.waiting(params(again), { id: 2 });
  assert.deepEqual(session.done.at(-1), { jsonrpc: "2.0", id: 50, result: { roots: [] } });
  const third = await it.waiting(params(again), { id: 3 });
  const unknown = {
    code: -32602,
    message: "The requestState belongs to no request that waits for input; send the request anew",
  };
  assert.deepEqual(third.answers[0].error, unknown, "another one waits for it");
  session.requests[0].answer(response({ done: true }));
  await second.ended;
  assert.deepEqual(second.answers[0].result, { done: true, resultType: "complete" });
  const late = await it.waiting(params(again), { id: 4 });
  assert.deepEqual(late.answers[0].error, unknown, "it is over");
  assert.equal(session.requests.length, 1);
});

Deno.test("a state that belongs to no request that waits is refused", async () => {
  const it = setUp({ answer: open });
  const first = await it.waiting();
  it.sessions[0].says(rootsList());
  await first.ended;
  const { requestState } = first.answers[0].result;
  const [id, round] = requestState.split(".");
  assert.equal(round, "1");
  for (const state of [`${id}.0`, `${id}.2`, id, `${id}.1.1`, "x", ""]) {
    const refused = await it.waiting(params({ requestState: state }));
    assert.equal(refused.answers[0].error.code, -32602, state);
  }
  const other = await it.waiting(params({ requestState }), { method: "prompts/get" });
  assert.equal(other.answers[0].error.code, -32602, "it was another method");
  const noText = await it.waiting(params({ requestState: 7 }));
  assert.deepEqual(noText.answers, [], "what is no text is no state");
  assert.equal(it.sessions[0].requests.length, 2);
});

for (
  const [what, question, capabilities, answer] of [
    ["ping", request("ping", undefined, 9), {}, { jsonrpc: "2.0", id: 9, result: {} }],
    ["what the client cannot do", rootsList(9), { sampling: {} }, {
      jsonrpc: "2.0",
      id: 9,
      error: {
        code: -32601,
        message: "The client has not declared that it can be asked this",
      },
    }],
    [
      "a URL of a client that shows none",
      request("elicitation/create", { mode: "url" }, 9),
      { elicitation: {} },
      {
        jsonrpc: "2.0",
        id: 9,
        error: {
          code: -32601,
          message: "The client has not declared that it can be asked this",
        },
      },
    ],
  ] as const
) {
  Deno.test(`a backend that asks for ${what} is answered`, async () => {
    const it = setUp({ answer: open });
    const { answers } = await it.waiting(params({}, {}, capabilities));
    it.sessions[0].says(question);
    await nextTurn();
    assert.deepEqual(it.sessions[0].done.at(-1), answer);
    assert.deepEqual(answers, []);
  });
}

for (const method of ["tools/call", "prompts/get", "resources/read", "tools/list"]) {
  Deno.test(`a question during ${method}`, async () => {
    const it = setUp({ answer: open });
    const { answers } = await it.waiting(params(), { method });
    it.sessions[0].says(rootsList());
    await nextTurn();
    if (method !== "tools/list") return assert.ok(answers[0].result.inputRequests);
    assert.deepEqual(it.sessions[0].done.at(-1), {
      jsonrpc: "2.0",
      id: 50,
      error: {
        code: -32600,
        message: "No request of the client is under way that this could belong to",
      },
    });
  });
}

Deno.test("a question belongs to the request on whose stream it came, else to one that waits", async () => {
  const it = setUp({ answer: open });
  const [one, other] = [await it.waiting(), await it.waiting(params(), { id: 2 })];
  const [session] = it.sessions;
  session.says(rootsList(50), session.requests[1]);
  await nextTurn();
  assert.deepEqual([one.answers.length, other.answers.length], [0, 1]);
  session.says(rootsList(51));
  await nextTurn();
  assert.deepEqual([one.answers.length, other.answers.length], [1, 1]);
  session.says(rootsList(52));
  const { requestState } = one.answers[0].result;
  const back = await it.waiting(params({ requestState }), { id: 3 });
  assert.deepEqual(Object.keys(back.answers[0].result.inputRequests), ["roots-1", "roots-2"]);
  const mine = setUp({ answer: open });
  const first = await mine.waiting();
  mine.sessions[0].says(rootsList(50));
  await first.ended;
  const second = await mine.waiting(params(), { id: 2 });
  mine.sessions[0].says(rootsList(51));
  await nextTurn();
  assert.equal(second.answers.length, 1, "one that waits comes before one that does not");
});

Deno.test("a question that the backend takes back is not asked", async () => {
  const it = setUp({ answer: open });
  const [one, other] = [await it.waiting(), await it.waiting(params(), { id: 2 })];
  const [session] = it.sessions;
  session.says(rootsList(50), session.requests[1]);
  for (const requestId of [49, undefined, 50]) {
    session.says(notification("notifications/cancelled", { requestId }));
  }
  await nextTurn();
  assert.deepEqual([one.answers, other.answers, it.lines], [[], [], []]);
  session.says(notification("notifications/elicitation/complete", { elicitationId: "e" }));
  assert.deepEqual(it.lines, []);
});

for (
  const [method, capabilities, isAsked] of [
    ["tools/call", everything, true],
    ["tools/call", { elicitation: {} }, false],
    ["tools/call", {}, false],
    ["tools/list", everything, false],
  ] as const
) {
  Deno.test(`a URL that ${method} requires is shown to who has ${JSON.stringify(capabilities)}: ${isAsked}`, async () => {
    const elicitations = [{ mode: "url", url: "https://x.test/" }];
    const error = { code: -32042, message: "m", data: { elicitations } };
    const it = setUp({ answer: () => errorResponse(error) });
    const answer = await it.request(method, params({}, {}, capabilities));
    if (!isAsked && capabilities === everything) {
      return assert.deepEqual(answer.error, { ...error, code: -32603 });
    }
    if (!isAsked) {
      const requiredCapabilities = { elicitation: { url: {} } };
      const data = { elicitations, requiredCapabilities };
      return assert.deepEqual(answer.error, { message: "m", code: -32021, data });
    }
    assert.deepEqual(answer.result.inputRequests, {
      "url-1": { method: "elicitation/create", params: elicitations[0] },
    });
  });
}

Deno.test("a client that does not answer is given up after ten minutes, or as it was said", async () => {
  for (const patience of [undefined, 1_000]) {
    using time = new FakeTime();
    const it = setUp({ answer: open, patience });
    const { answers } = it.start("tools/call");
    await time.pass(0);
    it.sessions[0].says(rootsList());
    await time.pass(1);
    const { requestState } = answers[0].result;
    await time.pass((patience ?? 600_000) - 10);
    assert.equal(it.sessions[0].done.length, 1);
    await time.pass(20);
    assert.deepEqual(it.sessions[0].done[1].params, {
      requestId: 2,
      reason: "the client did not answer what was asked",
    });
    const late = it.start("tools/call", params({ requestState }));
    await time.pass(0);
    assert.equal(late.answers[0].error.code, -32602);
    it.sessions[0].says(rootsList(60));
    assert.equal(it.sessions[0].done.at(-1).error.code, -32600, "nothing is under way any more");
  }
});

Deno.test("of 257 requests that wait the oldest that waits for the client is given up", async () => {
  const it = setUp({ answer: open });
  const first = await it.waiting();
  const [session] = it.sessions;
  const second = await it.waiting(params(), { id: 2 });
  session.says(rootsList(), session.requests[1]);
  await second.ended;
  for (let n = 3; n <= 256; n++) it.start("tools/call", params(), n);
  await nextTurn();
  assert.equal(session.requests.length, 256);
  const cancelled = () => session.done.filter(({ method }) => method?.endsWith("cancelled"));
  assert.deepEqual(cancelled(), []);
  it.start("tools/call", params(), 257);
  await nextTurn();
  assert.deepEqual(cancelled().map(({ params }) => params), [
    { requestId: 3, reason: "the client did not answer what was asked" },
  ]);
  assert.deepEqual(first.answers, [], "who waits for the backend is not given up");
  it.start("tools/call", params(), 258);
  await nextTurn();
  assert.equal(cancelled().length, 1, "nobody else waits for the client");
});

// ── What the backend tells ───────────────────────────────────────────────────────────────────────

const progress = (progressToken: unknown) =>
  notification("notifications/progress", { progressToken, progress: 1 });

Deno.test("progress is known by the token of the request that waits now", async () => {
  const it = setUp({ answer: open });
  const first = await it.waiting(params({}, { progressToken: "p" }));
  const [session] = it.sessions;
  for (const other of ["q", 1, undefined]) session.says(progress(other));
  session.says(progress("p"));
  assert.deepEqual(it.lines, [valueOf(progress("p"))]);
  assert.deepEqual(it.progressed, it.lines, "it counts as a sign of life");
  session.says(rootsList());
  await first.ended;
  session.says(progress("p"));
  assert.equal(it.lines.length, 1, "nobody waits");
  const { requestState } = first.answers[0].result;
  const inputResponses = { "roots-1": {} };
  await it.waiting(params({ requestState, inputResponses }, { progressToken: 7 }), { id: 2 });
  session.says(progress("p"));
  assert.deepEqual(
    it.lines[1],
    valueOf(notification("notifications/progress", {
      progress: 1,
      progressToken: 7,
    })),
  );
  assert.equal(it.progressed.length, 2);
  session.says(progress(7));
  assert.equal(it.lines.length, 2);
});

Deno.test("a client that wants no progress of the second request gets none", async () => {
  const it = setUp({ answer: open });
  const first = await it.waiting(params({}, { progressToken: "p" }));
  it.sessions[0].says(rootsList());
  await first.ended;
  await it.waiting(params({ requestState: first.answers[0].result.requestState }));
  await it.waiting(
    params({
      requestState: first.answers[0].result.requestState,
      inputResponses: { "roots-1": {} },
    }),
    { id: 2 },
  );
  it.sessions[0].says(progress("p"));
  assert.deepEqual(it.lines, []);
});

const logged = (level: unknown) => notification("notifications/message", { level });

Deno.test("log messages go to who has asked for such, in such a detail", async () => {
  const it = setUp({
    answer: ({ request }) => request.method === "logging/setLevel" ? response({}) : undefined,
  });
  await it.waiting();
  const [session] = it.sessions;
  session.says(logged("emergency"));
  assert.deepEqual(it.lines, [], "nobody has asked for any");
  await it.waiting(params({}, { [key("logLevel")]: "warning" }), { id: 2 });
  const [plain, level, wanting] = session.requests;
  assert.deepEqual(valueOf(level.request), {
    jsonrpc: "2.0",
    id: 3,
    method: "logging/setLevel",
    params: { level: "warning" },
  });
  const said = (message: Message, own?: Exchange) => {
    it.lines.length = 0;
    session.says(message, own);
    return it.lines.length;
  };
  assert.equal(said(logged("warning")), 1);
  assert.equal(said(logged("error"), wanting), 1);
  assert.equal(said(logged("notice")), 0);
  assert.equal(said(logged("error"), plain), 0);
  assert.equal(said(logged("loud")), 0);
  assert.equal(said(logged(7)), 0);
  assert.equal(said(notification("notifications/message")), 0);
  session.says(rootsList(), wanting);
  await nextTurn();
  assert.equal(said(logged("error")), 0, "nobody waits for it");
});

Deno.test("the level of a session is the most detailed one that any request wants", async () => {
  const it = setUp();
  const levels = async (level: unknown) => {
    await it.request("tools/call", params({}, { [key("logLevel")]: level }));
    return it.sessions[0].requests.filter(({ request }) => request.method === "logging/setLevel")
      .map(({ request }) => valueOf(request).params.level);
  };
  assert.deepEqual(await levels("warning"), ["warning"]);
  assert.deepEqual(await levels("warning"), ["warning"]);
  assert.deepEqual(await levels("error"), ["warning"]);
  assert.deepEqual(await levels("debug"), ["warning", "debug"]);
  assert.deepEqual(await levels("info"), ["warning", "debug"]);
});

Deno.test("a request waits until its level is set", async () => {
  const set = Promise.withResolvers<Message>();
  const it = setUp({
    answer: ({ request }) =>
      request.method === "logging/setLevel" ? set.promise : response({ done: true }),
  });
  const answered = it.request("tools/call", params({}, { [key("logLevel")]: "info" }));
  await nextTurn();
  assert.equal(it.sessions[0].requests.length, 1);
  set.resolve(response({}));
  assert.equal((await answered).result.done, true);
});

Deno.test("a level is not set at a backend that logs nothing, and a refusal is no failure", async () => {
  const meta = { [key("logLevel")]: "info" };
  const silent = setUp({ begin: () => response({ capabilities: {} }) });
  await silent.request("tools/call", params({}, meta));
  assert.equal(silent.sessions[0].requests.length, 1);
  const refusing = setUp({
    answer: ({ request }) =>
      request.method === "logging/setLevel" ? errorResponse({ code: 1 }) : response({ done: true }),
  });
  assert.equal((await refusing.request("tools/call", params({}, meta))).result.done, true);
});

for (const level of ["loud", "", "Info", 7, null, ["info"]]) {
  Deno.test(`the log level ${JSON.stringify(level)} is refused, and nothing is sent`, async () => {
    const it = setUp();
    const { error } = await it.request("tools/call", params({}, { [key("logLevel")]: level }));
    assert.equal(error.code, -32602);
    assert.match(error.message, /^Invalid log level; one of debug, info, /);
    assert.equal(it.sessions.length, 0);
  });
}

Deno.test("a request that comes back may want another level", async () => {
  const it = setUp({ answer: open });
  const first = await it.waiting();
  it.sessions[0].says(rootsList());
  await first.ended;
  const { requestState } = first.answers[0].result;
  await it.waiting(
    params({ requestState, inputResponses: { "roots-1": {} } }, { [key("logLevel")]: "error" }),
    { id: 2 },
  );
  it.sessions[0].says(logged("error"));
  assert.equal(it.lines.length, 1);
});

// ── What the client tells, and the end ───────────────────────────────────────────────────────────

Deno.test("a notification of the client goes to one session, without what only its era has", async () => {
  const it = setUp();
  it.translation.send(notification("notifications/x", params()));
  await it.request("tools/list");
  await it.request("tools/list", params({}, {}, {}));
  for (const { done } of it.sessions) done.length = 0;
  it.translation.send(notification("notifications/initialized", params()));
  it.translation.send(notification("notifications/roots/list_changed", params()));
  it.translation.send(
    notification("notifications/x", params({ a: 1 }, { [key("logLevel")]: "info", other: 1 })),
  );
  assert.deepEqual(it.sessions.map(({ done }) => done), [[
    { jsonrpc: "2.0", method: "notifications/x", params: { a: 1, _meta: { other: 1 } } },
  ], []]);
  await it.translation.flushed();
  assert.deepEqual(it.sessions.map(({ done }) => done.at(-1)), ["flushed", "flushed"]);
});

Deno.test("the end ends what is under way, and all sessions", async () => {
  const it = setUp({ answer: open });
  await it.waiting();
  const { signal } = new AbortController();
  await it.translation.end(signal);
  assert.deepEqual(it.sessions[0].done.at(-1).params, {
    requestId: 2,
    reason: "the client has gone",
  });
  assert.equal(it.sessions[0].ended, signal);
});
