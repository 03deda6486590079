import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createExchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { BackendRequest, ReadResponse } from "../../../src/bridge/http/backend_http.ts";
import { createModernEra } from "../../../src/bridge/modern/modern_era.ts";
import { createPendingRequests } from "../../../src/bridge/pending_requests.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { within } from "../../support/within.ts";
import { event, eventResponse, jsonResponse } from "../bridge_fixture.ts";
import { asFromNetwork } from "../from_network.ts";
import { notification, request, response, text, type Value, valueOf } from "../message.ts";

const meta = (more: object = {}) => ({
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  ...more,
});
const failure = (reason: string, details: { transient?: boolean } = {}) =>
  new ProxyError({ category: "Network error", what: "w", fix: "f", reason, ...details });
const unreachable = failure("backend_unreachable", { transient: true });

type Answer = (message: Value, sent: BackendRequest) => Response | Promise<Response>;

/** The era at a backend that answers so. */
function setUp(answer: Answer, context: Partial<BridgeContext> = {}) {
  const sent: BackendRequest[] = [];
  const logged: string[] = [];
  let alive = 0;
  const pending = createPendingRequests(() => {});
  const era = createModernEra({
    url: new URL("https://mcp.test/mcp"),
    stop: new AbortController().signal,
    log: createLog({ level: "warn", write: (line) => void logged.push(line.trimEnd()) }),
    maxMessageBytes: 1 << 20,
    acceptTimeout: 5_000,
    orderTimeout: 1_000,
    retryWindow: 10_000,
    whenWritable: () => undefined,
    toClient: () => {},
    pending,
    http: {
      known: { url: new URL("https://mcp.test/mcp") },
      lastUsed: 0,
      async send<T>(request: BackendRequest, read: ReadResponse<T>): Promise<T> {
        sent.push(request);
        request.onSend?.();
        const response = await answer(valueOf(request.body!), request);
        return await read(await asFromNetwork(response), () => void alive++);
      },
    },
    ...context,
  } as unknown as BridgeContext);
  const start = (method: string, params: object = {}, id: unknown = 1) => {
    const answers: Value[] = [];
    const exchange = createExchange(
      request(method, { ...params, _meta: meta() }, id),
      (line) => void answers.push(valueOf(line)),
    );
    const ended = era.request(exchange);
    ended.catch(() => {});
    return { exchange, answers, ended };
  };
  return {
    era,
    sent,
    logged,
    start,
    alive: () => alive,
    async request(method: string, params?: object, id?: unknown): Promise<Value> {
      const { answers, ended } = start(method, params, id);
      await within(ended, { what: `the end of ${method}` });
      return answers[0];
    },
    methods: () => sent.map(({ body }) => valueOf(body!).method),
  };
}

const ok = (id: unknown, result: object = { done: true }) =>
  jsonResponse({ jsonrpc: "2.0", id, result });
const mismatch = (id: unknown, status = 400) =>
  jsonResponse({ jsonrpc: "2.0", id, error: { code: -32020, message: "m" } }, { status });

Deno.test("a request is a POST with its own bytes, for whoever asked", async () => {
  const it = setUp(({ id }) => ok(id));
  const { exchange, answers, ended } = it.start("tools/call", { name: "t" });
  exchange.purpose = "unasked";
  await ended;
  const [{ method, headers, body, purpose, signal }] = it.sent;
  assert.deepEqual([method, purpose, signal], ["POST", "client", exchange.signal]);
  assert.equal(body, exchange.request.bytes);
  assert.equal((headers as Record<string, string>)["mcp-name"], "t");
  assert.ok(exchange.sentAt > 0);
  assert.deepEqual(answers[0].result, { done: true });
});

Deno.test("an answer may be a stream, of which every piece is a sign of life", async () => {
  const it = setUp(({ id }) =>
    eventResponse(event({ jsonrpc: "2.0", id, result: { streamed: true } }))
  );
  assert.deepEqual((await it.request("tools/call")).result, { streamed: true });
  assert.ok(it.alive() > 0);
});

for (
  const [what, answer, reason] of [
    [
      "a stream without the answer",
      () => eventResponse(event({ jsonrpc: "2.0", method: "n" })),
      "stream_ended",
    ],
    ["nothing", () => new Response(null, { status: 202 }), "no_answer"],
    [
      "an event stream without a body",
      () => new Response(null, { headers: { "content-type": "text/event-stream" } }),
      "no_answer",
    ],
    ["HTTP 403", () => new Response("no", { status: 403 }), "http_403"],
    [
      "a header mismatch that is no error",
      () => jsonResponse({ jsonrpc: "2.0", id: 9, result: { code: -32020 } }, { status: 400 }),
      "http_400",
    ],
    ["text", () => new Response("-32020", { status: 400 }), "http_400"],
  ] as [string, Answer, string][]
) {
  Deno.test(`${what} is no answer to a call`, async () => {
    const it = setUp(answer);
    await assert.rejects(it.start("tools/call", { name: "t" }).ended, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.reason, reason);
      return true;
    });
    assert.equal(it.sent.length, 1);
  });
}

Deno.test("a client that does not read is not fetched more, and may cancel meanwhile", async () => {
  let full: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
  const it = setUp(({ id }) => ok(id), { whenWritable: () => full?.promise });
  const waiting = it.start("tools/call");
  const cancelled = it.start("tools/call");
  await nextTurn();
  assert.equal(it.sent.length, 0);
  cancelled.exchange.abort(requestCancelled());
  await assert.rejects(cancelled.ended, /was cancelled/);
  full.resolve();
  full = undefined;
  await waiting.ended;
  assert.equal(it.sent.length, 1);
});

// ── Attempts ─────────────────────────────────────────────────────────────────────────────────────

Deno.test("what was never sent is sent again, and meanwhile it is known why it waits", async () => {
  using time = new FakeTime();
  let isDown = true;
  const it = setUp(({ id }) => isDown ? Promise.reject(unreachable) : ok(id));
  const { exchange, answers } = it.start("tools/call", { name: "t" });
  await time.pass(0);
  assert.equal(exchange.lastFailure, unreachable);
  assert.equal(exchange.sentAt, 0, "it waits to go out");
  isDown = false;
  await time.pass(1_000);
  assert.deepEqual(answers[0].result, { done: true });
  assert.equal(it.sent.length, 2);
});

Deno.test("what is answered while it waits to be sent again is not sent any more", async () => {
  using time = new FakeTime();
  const it = setUp(() => Promise.reject(unreachable));
  const { exchange, ended } = it.start("tools/list");
  await time.pass(0);
  assert.equal(exchange.lastFailure, unreachable);
  // By a stream of the backend that another request has.
  exchange.answer(response({ done: true }));
  await time.pass(60_000);
  await ended;
  assert.equal(it.sent.length, 1);
});

Deno.test("attempts end with the time that there is for them, which counts from the first failure", async () => {
  using time = new FakeTime();
  const it = setUp(() => Promise.reject(unreachable), { retryWindow: 3_000 });
  const { ended } = it.start("tools/list");
  let error: unknown;
  ended.catch((it) => error = it);
  await time.pass(60_000);
  assert.equal(error, unreachable);
  assert.ok(it.sent.length >= 4 && it.sent.length <= 6, String(it.sent.length));
});

Deno.test("who cancels between two attempts waits for none", async () => {
  using time = new FakeTime();
  const it = setUp(() => Promise.reject(unreachable));
  const { exchange, ended } = it.start("tools/list");
  let error: Value;
  ended.catch((it) => error = it);
  await time.pass(0);
  exchange.abort(requestCancelled());
  await time.pass(0);
  assert.equal(error.reason, "cancelled");
  await time.pass(60_000);
  assert.equal(it.sent.length, 1);
});

Deno.test("what may have been carried out is not sent again", async () => {
  const broken = failure("connection_lost", { transient: true });
  const call = setUp(() => Promise.reject(broken));
  await assert.rejects(call.request("tools/call"), broken);
  using time = new FakeTime();
  const list = setUp(() => Promise.reject(broken));
  list.start("tools/list");
  await time.pass(500);
  assert.ok(list.sent.length > 1, "a list changes nothing");
});

Deno.test("what fails behind the answer is nobody's concern", async () => {
  const it = setUp(({ id }) => ok(id), {
    http: {
      known: {},
      async send<T>(request: BackendRequest, read: ReadResponse<T>): Promise<T> {
        await read(await asFromNetwork(ok(valueOf(request.body!).id)), () => {});
        throw unreachable;
      },
    } as unknown as BridgeContext["http"],
  });
  assert.deepEqual((await it.request("tools/list")).result, { done: true });
});

// ── Header fields of tools ───────────────────────────────────────────────────────────────────────

const annotated = (header = "Region", name = "t") => ({
  name,
  inputSchema: { properties: { region: { type: "string", "x-mcp-header": header } } },
});
const fieldsOf = ({ headers }: BackendRequest) =>
  Object.keys(headers as object).filter((name) => name.startsWith("mcp-param-"));

Deno.test("what a list says of a tool goes into the header fields of its calls alone", async () => {
  const it = setUp(({ id, method }) =>
    ok(id, method === "tools/list" ? { tools: [annotated()] } : {})
  );
  const call = { name: "t", arguments: { region: "eu" } };
  await it.request("tools/call", call);
  await it.request("tools/list");
  await it.request("tools/call", call);
  await it.request("tools/call", { ...call, name: "u" });
  await it.request("tools/call", { arguments: { region: "eu" } });
  await it.request("prompts/get", call);
  assert.deepEqual(it.sent.map(fieldsOf), [[], [], ["mcp-param-region"], [], [], []]);
  const { headers } = it.sent[2];
  assert.deepEqual(headers, {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "t",
    "mcp-param-region": "eu",
  });
  const none = it.start("tools/call", { name: "t" });
  await none.ended;
  assert.deepEqual(fieldsOf(it.sent.at(-1)!), []);
});

Deno.test("another list is no list of tools", async () => {
  const it = setUp(({ id }) => ok(id, { tools: [annotated()] }));
  await it.request("prompts/list");
  await it.request("tools/call", { name: "t", arguments: { region: "eu" } });
  assert.deepEqual(fieldsOf(it.sent[1]), []);
});

Deno.test("a call that lacks a field is sent once more, with what the list says now", async () => {
  const it = setUp(({ id, method, params }, sent) => {
    if (method !== "tools/list") return fieldsOf(sent).length ? ok(id) : mismatch(id);
    return params.cursor === undefined
      ? ok(id, { tools: [], nextCursor: "2" })
      : ok(id, { tools: [annotated()] });
  });
  const answer = await it.request("tools/call", { name: "t", arguments: { region: "eu" } }, "c");
  assert.deepEqual(answer, { jsonrpc: "2.0", id: "c", result: { done: true } });
  assert.deepEqual(it.sent.slice(1, 3).map(({ body }) => valueOf(body!)), [
    {
      jsonrpc: "2.0",
      id: "authful-mcp-proxy-tools-1",
      method: "tools/list",
      params: { _meta: meta() },
    },
    {
      jsonrpc: "2.0",
      id: "authful-mcp-proxy-tools-2",
      method: "tools/list",
      params: { _meta: meta(), cursor: "2" },
    },
  ]);
  assert.deepEqual(it.methods(), ["tools/call", "tools/list", "tools/list", "tools/call"]);
  assert.ok(it.sent.every(({ purpose }) => purpose === "client"));
});

Deno.test("a call that is refused again is answered with that", async () => {
  const it = setUp(({ id, method }) =>
    method === "tools/list" ? ok(id, { tools: [] }) : mismatch(id)
  );
  assert.equal((await it.request("tools/call", { name: "t" })).error.code, -32020);
  assert.deepEqual(it.methods(), ["tools/call", "tools/list", "tools/call"]);
});

for (
  const [what, method, error] of [
    ["another error of a call", "tools/call", { code: -32021, message: "m" }],
    ["a mismatch of another request", "prompts/get", { code: -32020, message: "m" }],
    ["an error that is no object", "tools/call", null],
  ] as const
) {
  Deno.test(`${what} is passed on`, async () => {
    const it = setUp(({ id }) => jsonResponse({ jsonrpc: "2.0", id, error }, { status: 400 }));
    const answer = await it.request(method, { name: "t" });
    assert.deepEqual(answer.error, error);
    assert.equal(it.sent.length, 1);
  });
}

Deno.test("a call without params is sent once more as well", async () => {
  const it = setUp(({ id, method }) =>
    method === "tools/list" ? ok(id, { tools: [] }) : mismatch(id)
  );
  const answers: Value[] = [];
  const exchange = createExchange(
    request("tools/call"),
    (line) => void answers.push(valueOf(line)),
  );
  await it.era.request(exchange);
  assert.equal(answers[0].error.code, -32020);
  assert.deepEqual(valueOf(it.sent[1].body!).params, {});
  assert.equal(it.sent.length, 3);
});

Deno.test("a list that cannot be had does not keep the call", async () => {
  for (
    const list of [
      (id: unknown) =>
        jsonResponse({ jsonrpc: "2.0", id, error: { nextCursor: "2" } }, { status: 400 }),
      () => new Response("no", { status: 403 }),
      (id: unknown) => ok(id, { nextCursor: 7 }),
    ]
  ) {
    const it = setUp(({ id, method }) => method === "tools/list" ? list(id) : mismatch(id));
    assert.equal((await it.request("tools/call", { name: "t" })).error.code, -32020);
    assert.deepEqual(it.methods(), ["tools/call", "tools/list", "tools/call"]);
  }
});

Deno.test("a list ends with the page that cannot be had", async () => {
  const it = setUp(({ id, method, params }) => {
    if (method !== "tools/list") return mismatch(id);
    return params.cursor === undefined
      ? ok(id, { tools: [], nextCursor: "2" })
      : jsonResponse({ jsonrpc: "2.0", id, error: { code: 1, message: "m" } });
  });
  await it.request("tools/call", { name: "t" });
  assert.deepEqual(it.methods(), ["tools/call", "tools/list", "tools/list", "tools/call"]);
});

Deno.test("a list with more than fifty pages is not asked for to the end", async () => {
  const it = setUp(({ id, method }) =>
    method === "tools/list" ? ok(id, { tools: [], nextCursor: "more" }) : mismatch(id)
  );
  await it.request("tools/call", { name: "t" });
  assert.equal(it.methods().filter((method) => method === "tools/list").length, 50);
});

Deno.test("who cancels while the list is fetched has the list end, too", async () => {
  const it = setUp(({ id, method }, { signal }) =>
    method === "tools/list"
      ? new Promise<Response>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      )
      : mismatch(id)
  );
  const { exchange, ended } = it.start("tools/call", { name: "t" });
  await nextTurn();
  assert.deepEqual(it.methods(), ["tools/call", "tools/list"]);
  exchange.abort(requestCancelled());
  await within(ended, { what: "the end" });
  assert.equal(it.sent[1].signal.aborted, true);
  assert.equal(it.sent.length, 2);
});

Deno.test("a list that was fetched before is not ended with the call", async () => {
  const call = Promise.withResolvers<Response>();
  let calls = 0;
  const it = setUp(({ id, method }) =>
    method === "tools/list" ? ok(id, { tools: [] }) : ++calls === 1 ? mismatch(id) : call.promise
  );
  const { exchange } = it.start("tools/call", { name: "t" });
  while (it.sent.length < 3) await nextTurn();
  exchange.abort(requestCancelled());
  assert.equal(it.sent[1].signal.aborted, false);
});

// ── Notifications ────────────────────────────────────────────────────────────────────────────────

Deno.test("notifications go out in order, with their header fields", async () => {
  const answers: PromiseWithResolvers<Response>[] = [];
  const it = setUp(() => {
    answers.push(Promise.withResolvers());
    return answers.at(-1)!.promise;
  });
  const notes = ["notifications/a", "notifications/b"].map((method) =>
    notification(method, { _meta: meta() })
  );
  for (const note of notes) it.era.send(note);
  await nextTurn();
  assert.equal(it.sent.length, 1);
  const flushed = it.era.flushed();
  answers[0].resolve(new Response(null, { status: 202 }));
  await nextTurn();
  assert.deepEqual(it.sent.map(({ body }) => text(body as Uint8Array)), notes.map(text));
  assert.deepEqual(it.sent[1].headers, {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "notifications/b",
  });
  answers[1].resolve(new Response(null, { status: 202 }));
  await within(flushed, { what: "the flush" });
  assert.deepEqual(it.logged, []);
});

Deno.test("a notification waits for the one before for so long, then goes out", async () => {
  using time = new FakeTime();
  const it = setUp(() => new Promise(() => {}));
  it.era.send(notification("notifications/a"));
  it.era.send(notification("notifications/b"));
  await time.pass(999);
  assert.equal(it.sent.length, 1);
  await time.pass(1);
  assert.equal(it.sent.length, 2);
});

Deno.test("a notification that does not reach the backend is said", async () => {
  const it = setUp(() => Promise.reject(failure("refused")));
  it.era.send(notification("notifications/a"));
  await it.era.flushed();
  assert.equal(it.logged.length, 1);
  assert.match(
    it.logged[0],
    /\[warn\] notifications\/a did not reach the backend: Network error: w/,
  );
});
