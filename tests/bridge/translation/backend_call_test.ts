import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { createBackendCall } from "../../../src/bridge/translation/backend_call.ts";
import type { BackendSession } from "../../../src/bridge/translation/backend_session.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import {
  errorResponse,
  message,
  request,
  response,
  text,
  type Value,
  valueOf,
} from "../message.ts";

/** A call at a backend that the test plays. */
function setUp({ visits = () => [], method = "tools/call" }: {
  visits?: (response: Message) => readonly Message[];
  method?: string;
} = {}) {
  const sent: { exchange: Exchange; settled: PromiseWithResolvers<void> }[] = [];
  const toBackend: Value[] = [];
  const cancelled: [unknown, Exchange][] = [];
  let overs = 0;
  let ids = 7;
  const session = {
    nextId: () => String(++ids),
    request(exchange: Exchange) {
      const settled = Promise.withResolvers<void>();
      sent.push({ exchange, settled });
      return settled.promise;
    },
    send: (message: Message) => void toBackend.push(valueOf(message)),
    cancel: (message: Message, exchange: Exchange) =>
      void cancelled.push([valueOf(message), exchange]),
  } as unknown as BackendSession;
  const call = createBackendCall({
    request: request(method, { name: "t" }, "c"),
    translated: request(method, { name: "t" }, 7),
    progressToken: `"p"`,
    session,
    task: undefined,
    requiredVisits: visits,
    patience: 1_000,
    onOver: () => void overs++,
  });
  /** A request of the client that waits for the call, and its answers. */
  const waiting = (inputResponses?: unknown) => {
    const answers: Value[] = [];
    const exchange = createExchange(
      request(method, { requestState: call.state, inputResponses }, `w${answers.length}`),
      (line) => void answers.push(valueOf(line)),
    );
    return { exchange, answers };
  };
  return {
    call,
    sent,
    toBackend,
    cancelled,
    waiting,
    overs: () => overs,
    answer: (message: Message) => sent.at(-1)!.exchange.answer(message),
  };
}

const rootsList = (id: unknown = 50) => message({ jsonrpc: "2.0", id, method: "roots/list" });

/** What the client is asked, by the answer that it got. */
const asked = (answer: Value) => answer.result.inputRequests;

Deno.test("the backend's answer is the client's, complete", async () => {
  const it = setUp({ method: "resources/read" });
  const { exchange, answers } = it.waiting();
  assert.throws(() => it.call.exchange, /^Error: the request was not sent$/);
  assert.equal(it.call.outer, undefined);
  const started = it.call.start(exchange);
  assert.equal(it.call.outer, exchange);
  assert.equal(it.call.progressToken, `"p"`);
  assert.match(it.call.id, /^[0-9a-f-]{36}$/);
  assert.equal(it.call.state, `${it.call.id}.0`);
  assert.equal(it.call.exchange, it.sent[0].exchange);
  assert.equal(
    text(it.sent[0].exchange.request),
    text(request("resources/read", { name: "t" }, 7)),
  );
  it.answer(response({ a: 1 }, 7));
  await started;
  assert.deepEqual(answers, [{
    jsonrpc: "2.0",
    id: "w0",
    result: { a: 1, resultType: "complete", ttlMs: 0, cacheScope: "private" },
  }]);
  assert.equal(it.overs(), 1);
  assert.equal(it.call.outer, undefined);
  it.sent[0].settled.reject(new Error("behind the answer"));
  await nextTurn();
  assert.deepEqual([answers.length, it.overs()], [1, 1]);
});

for (
  const [what, end, reason] of [
    ["a failure", (it) => {
      it.sent[0].exchange.fail(
        new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "down" }),
      );
      it.sent[0].settled.resolve();
    }, "down"],
    ["an exception", (it) => it.sent[0].settled.reject(requestCancelled()), "cancelled"],
    ["nothing", (it) => it.sent[0].settled.resolve(), "cancelled"],
  ] as [string, (it: ReturnType<typeof setUp>) => void, string][]
) {
  Deno.test(`a call that ends with ${what} is answered with its reason`, async () => {
    const it = setUp();
    const { exchange, answers } = it.waiting();
    const started = it.call.start(exchange);
    end(it);
    await started;
    assert.equal(answers[0].error.data.reason, reason);
    assert.equal(it.overs(), 1);
    assert.deepEqual(it.cancelled, []);
  });
}

Deno.test("what the backend asks at the same time is one answer, and goes back under its own ids", async () => {
  const it = setUp();
  const first = it.waiting();
  const started = it.call.start(first.exchange);
  it.call.ask(rootsList(50));
  it.call.ask(
    message(
      `{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{"n":1.0,"elicitationId":"e"}}`,
    ),
  );
  assert.deepEqual(first.answers, [], "what comes at the same time is given together");
  await started;
  assert.deepEqual(first.answers, [{
    jsonrpc: "2.0",
    id: "w0",
    result: {
      resultType: "input_required",
      inputRequests: {
        "roots-1": { method: "roots/list", params: {} },
        "sampling-2": {
          method: "sampling/createMessage",
          params: { n: 1, elicitationId: "e" },
        },
      },
      requestState: it.call.state,
    },
  }]);
  assert.equal(it.call.outer, undefined);
  const second = it.waiting({ "roots-1": { roots: [] }, "sampling-2": { n: 1.5 }, other: {} });
  second.exchange.sentAt = 0;
  const resumed = it.call.resume(second.exchange);
  assert.ok(second.exchange.sentAt > 0, "the time of the backend goes on");
  assert.deepEqual(it.toBackend, [
    { jsonrpc: "2.0", id: 50, result: { roots: [] } },
    { jsonrpc: "2.0", id: "s", result: { n: 1.5 } },
  ]);
  it.answer(response({ done: true }, 7));
  await resumed;
  assert.deepEqual(second.answers[0].result, { done: true, resultType: "complete" });
  assert.equal(it.sent.length, 1);
  assert.equal(it.overs(), 1);
});

for (
  const [params, shown] of [
    ["", `{"method":"elicitation/create","params":{}}`],
    [
      `,"params":{"mode":"url","elicitationId":"e","n":1.0}`,
      `{"method":"elicitation/create","params":{"mode":"url","n":1.0}}`,
    ],
    [
      `,"params":{"mode":"form","elicitationId":"e"}`,
      `{"method":"elicitation/create","params":{"mode":"form","elicitationId":"e"}}`,
    ],
    [`,"params":[1]`, `{"method":"elicitation/create"}`],
  ]
) {
  Deno.test(`a question${params} is shown as ${shown}`, async () => {
    const it = setUp();
    const lines: string[] = [];
    const exchange = createExchange(request("tools/call"), (line) => void lines.push(text(line)));
    const started = it.call.start(exchange);
    it.call.ask(message(`{"jsonrpc":"2.0","id":1,"method":"elicitation/create"${params}}`));
    await started;
    assert.equal(
      lines[0],
      `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"elicitation-1":${shown}},"requestState":"${it.call.state}"}}`,
    );
  });
}

Deno.test("the bytes of a question may be used again", async () => {
  const it = setUp();
  const { exchange, answers } = it.waiting();
  const started = it.call.start(exchange);
  const question = rootsList();
  it.call.ask(question);
  question.bytes.fill(0);
  await started;
  assert.deepEqual(asked(answers[0]), { "roots-1": { method: "roots/list", params: {} } });
});

Deno.test("what is not answered is asked again, with what is new", async () => {
  const it = setUp();
  const first = it.waiting();
  const started = it.call.start(first.exchange);
  it.call.ask(rootsList(1));
  it.call.ask(rootsList(2));
  await started;
  it.call.ask(rootsList(3));
  await nextTurn();
  assert.equal(first.answers.length, 1, "nobody waits who could be asked");
  let rounds = 1;
  for (const given of [undefined, [], { other: 1 }]) {
    const again = it.waiting(given);
    await it.call.resume(again.exchange);
    assert.deepEqual(Object.keys(asked(again.answers[0])), ["roots-1", "roots-2", "roots-3"]);
    assert.equal(again.answers[0].result.requestState, `${it.call.id}.${++rounds}`);
    assert.equal(it.call.state, again.answers[0].result.requestState);
  }
  const partly = it.waiting({ "roots-2": {} });
  await it.call.resume(partly.exchange);
  assert.deepEqual(Object.keys(asked(partly.answers[0])), ["roots-1", "roots-3"]);
  assert.deepEqual(it.toBackend, [{ jsonrpc: "2.0", id: 2, result: {} }]);
});

Deno.test("what came while nobody waited is the answer to the next request", async () => {
  const outcomes: [(it: ReturnType<typeof setUp>) => unknown, string][] = [
    [(it) => it.answer(response({ a: 1 })), `{"a":1,"resultType":"complete"}`],
    [(it) => it.sent[0].settled.reject(requestCancelled()), `"cancelled"`],
  ];
  for (const [end, expected] of outcomes) {
    const it = setUp();
    const started = it.call.start(it.waiting().exchange);
    it.call.ask(rootsList());
    await started;
    end(it);
    await nextTurn();
    assert.equal(it.overs(), 0);
    const { exchange, answers } = it.waiting({ "roots-1": {} });
    await it.call.resume(exchange);
    assert.equal(
      JSON.stringify(answers[0].result ?? answers[0].error.data.reason),
      expected,
    );
    assert.equal(it.overs(), 1);
  }
});

Deno.test("a client that does not answer in time ends the call, at the backend, too", async () => {
  using time = new FakeTime();
  const it = setUp();
  const started = it.call.start(it.waiting().exchange);
  await time.pass(2_000);
  it.call.ask(rootsList());
  await time.pass(1);
  await started;
  await time.pass(998);
  assert.equal(it.overs(), 0, "the backend's own time does not count");
  await time.pass(2);
  assert.equal(it.overs(), 1);
  assert.deepEqual(it.cancelled, [[{
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7, reason: "the client did not answer what was asked" },
  }, it.sent[0].exchange]]);
  assert.deepEqual(it.toBackend, [{
    jsonrpc: "2.0",
    id: 50,
    error: {
      code: -32603,
      message: "The client has given up the request that this belongs to",
    },
  }]);
  it.call.ask(rootsList(51));
  assert.equal(it.toBackend[1].id, 51, "what comes later is refused at once");
  assert.equal(it.toBackend[1].error.code, -32603);
  it.call.cancel("again");
  assert.equal(it.cancelled.length, 1);
  assert.equal(it.overs(), 1);
});

Deno.test("a backend that asks more than 64 things at once is refused the next one", async () => {
  const it = setUp();
  const { exchange, answers } = it.waiting();
  const started = it.call.start(exchange);
  for (let id = 50; id < 114; id++) it.call.ask(rootsList(id));
  assert.deepEqual(it.toBackend, []);
  it.call.ask(rootsList(114));
  assert.deepEqual(it.toBackend, [{
    jsonrpc: "2.0",
    id: 114,
    error: {
      code: -32603,
      message: "The client is being asked 64 things for this request already",
    },
  }]);
  await started;
  assert.equal(Object.keys(asked(answers[0])).length, 64);
});

Deno.test("a client that comes back in time has all the time again", async () => {
  using time = new FakeTime();
  const it = setUp();
  const started = it.call.start(it.waiting().exchange);
  it.call.ask(rootsList());
  await time.pass(1);
  await started;
  await time.pass(900);
  const back = it.waiting({ "roots-1": {} });
  const resumed = it.call.resume(back.exchange);
  await time.pass(10_000);
  assert.equal(it.overs(), 0);
  it.answer(response({}));
  await resumed;
  assert.equal(it.overs(), 1);
});

Deno.test("a question that the backend takes back is not asked", async () => {
  const it = setUp();
  const { exchange, answers } = it.waiting();
  const started = it.call.start(exchange);
  it.call.ask(rootsList(50));
  it.call.ask(rootsList(51));
  assert.equal(it.call.takeBack("52"), false);
  assert.equal(it.call.takeBack("51.0"), true);
  assert.equal(it.call.takeBack("51"), false);
  await started;
  assert.deepEqual(Object.keys(asked(answers[0])), ["roots-1"]);
  const other = setUp();
  const waiting = other.waiting();
  other.call.start(waiting.exchange);
  other.call.ask(rootsList(50));
  other.call.takeBack("50");
  await nextTurn();
  assert.deepEqual(waiting.answers, [], "with none left the call goes on");
});

Deno.test("a request that the client cancels is cancelled at the backend", async () => {
  const it = setUp();
  const { exchange, answers } = it.waiting();
  const started = it.call.start(exchange);
  exchange.abort(requestCancelled());
  await started;
  assert.equal(it.call.outer, undefined);
  assert.equal(answers[0].error.data.reason, "cancelled");
  assert.deepEqual(it.cancelled.map(([cancelled]) => cancelled), [{
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7, reason: "the client has cancelled it" },
  }]);
  assert.equal(it.overs(), 1);
});

Deno.test("a request that was cancelled before goes nowhere", async () => {
  const it = setUp();
  const { exchange } = it.waiting();
  exchange.abort(requestCancelled());
  await it.call.start(exchange);
  assert.equal(it.call.outer, undefined);
  assert.deepEqual([it.sent.length, it.cancelled.length, it.overs()], [0, 0, 1]);
});

Deno.test("one that comes back cancelled ends the call, one that was answered before does not", async () => {
  const it = setUp();
  const first = it.waiting();
  const started = it.call.start(first.exchange);
  it.call.ask(rootsList());
  await started;
  first.exchange.abort(requestCancelled());
  assert.deepEqual(it.cancelled, [], "its answer was the question");
  const second = it.waiting();
  second.exchange.abort(requestCancelled());
  await it.call.resume(second.exchange);
  assert.equal(it.cancelled.length, 1);
});

Deno.test("a call that was answered meanwhile is not cancelled at the backend", async () => {
  const it = setUp();
  const started = it.call.start(it.waiting().exchange);
  it.call.ask(rootsList());
  await started;
  it.answer(response({}));
  it.call.cancel("enough");
  assert.deepEqual(it.cancelled, []);
  assert.equal(it.overs(), 1);
});

Deno.test("a call that is ended while its questions are on their way is not answered by them", async () => {
  const it = setUp();
  const { exchange, answers } = it.waiting();
  it.call.start(exchange);
  it.call.ask(rootsList());
  it.call.cancel("the client has gone");
  await nextTurn();
  assert.deepEqual(answers, []);
  assert.equal(it.overs(), 1);
});

const visit = (n: number) =>
  request("elicitation/create", { mode: "url", url: `https://x.test/${n}` }, "visit");
const wanting = errorResponse({ code: -32042 }, 7);

Deno.test("what a person has to visit is shown, then the request is sent once more", async () => {
  const it = setUp({
    visits: (response) => response.isError ? [visit(1), visit(2)] : [],
  });
  const first = it.waiting();
  const started = it.call.start(first.exchange);
  it.answer(wanting);
  it.sent[0].settled.resolve();
  await started;
  assert.deepEqual(asked(first.answers[0]), {
    "url-1": { method: "elicitation/create", params: { mode: "url", url: "https://x.test/1" } },
    "url-2": { method: "elicitation/create", params: { mode: "url", url: "https://x.test/2" } },
  });
  const half = it.waiting({ "url-1": { action: "accept" } });
  await it.call.resume(half.exchange);
  assert.deepEqual(Object.keys(asked(half.answers[0])), ["url-2"]);
  assert.equal(it.sent.length, 1);
  const both = it.waiting({ "url-2": { action: "accept" } });
  const resumed = it.call.resume(both.exchange);
  assert.equal(it.sent.length, 2);
  assert.equal(it.call.exchange, it.sent[1].exchange);
  assert.deepEqual(
    JSON.parse(text(it.sent[1].exchange.request)),
    { jsonrpc: "2.0", method: "tools/call", params: { name: "t" }, id: 8 },
  );
  it.answer(response({ done: true }, 8));
  await resumed;
  assert.deepEqual(both.answers[0].result, { done: true, resultType: "complete" });
  assert.deepEqual(it.toBackend, [], "no backend has asked by a request");
});

for (const answer of [{ action: "decline" }, { action: "cancel" }, {}]) {
  Deno.test(`a visit that is answered with ${JSON.stringify(answer)} ends the call`, async () => {
    const it = setUp({ visits: (response) => response.id === "7" ? [visit(1), visit(2)] : [] });
    const first = it.waiting();
    const started = it.call.start(first.exchange);
    it.answer(wanting);
    await started;
    const second = it.waiting({ "url-1": answer });
    await it.call.resume(second.exchange);
    assert.deepEqual(second.answers[0].error, {
      code: -32603,
      message: "The backend wants a URL to be visited, which was declined",
    });
    assert.equal(it.sent.length, 1);
    assert.equal(it.overs(), 1);
  });
}

Deno.test("what a person has to visit and what the backend asks are given together", async () => {
  const it = setUp({ visits: () => [visit(1)] });
  const { exchange, answers } = it.waiting();
  const started = it.call.start(exchange);
  it.call.ask(rootsList());
  it.answer(wanting);
  await started;
  assert.deepEqual(Object.keys(asked(answers[0])), ["roots-1", "url-2"]);
});

Deno.test("a visit that is wanted while nobody waits is asked for with what comes next", async () => {
  const it = setUp({ visits: (response) => response.isError ? [visit(1)] : [] });
  const started = it.call.start(it.waiting().exchange);
  it.call.ask(rootsList());
  await started;
  it.answer(wanting);
  const back = it.waiting({ "roots-1": {} });
  await it.call.resume(back.exchange);
  assert.deepEqual(Object.keys(asked(back.answers[0])), ["url-2"]);
});

Deno.test("a request that comes back with nothing to say waits on", async () => {
  const it = setUp();
  const started = it.call.start(it.waiting().exchange);
  it.call.ask(rootsList());
  await started;
  it.call.takeBack("50");
  const back = it.waiting();
  const resumed = it.call.resume(back.exchange);
  await nextTurn();
  assert.deepEqual(back.answers, []);
  assert.equal(it.sent.length, 1, "nothing is sent once more");
  it.answer(response({}));
  await resumed;
  assert.equal(back.answers.length, 1);
});
