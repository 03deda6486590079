import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { ModernEra } from "../../../src/bridge/modern/modern_era.ts";
import { createLegacyClientTranslation } from "../../../src/bridge/translation/legacy_client.ts";
import { until } from "../../support/until.ts";
import { within } from "../../support/within.ts";
import {
  errorResponse,
  message,
  notification,
  request,
  response,
  text,
  type Value,
  valueOf,
} from "../message.ts";

const all = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
};
const down = new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "down" });

/** A client at a backend that answers so; `undefined` leaves the request open. */
function setUp(
  { capabilities = all, answer = () => response({ resultType: "complete" }) }: {
    capabilities?: unknown;
    answer?: (request: Message) => Message | undefined;
  } = {},
) {
  const lines: Value[] = [];
  const requests: Exchange[] = [];
  const sent: string[] = [];
  const stop = new AbortController();
  let fromBackend: ((line: Uint8Array) => void) | undefined;
  const contexts: BridgeContext[] = [];
  const translation = createLegacyClientTranslation({
    context: {
      url: new URL("https://mcp.test:8443/mcp"),
      stop: stop.signal,
      acceptTimeout: 5_000,
      log: createLog({ level: "error" }),
      toClient: (line: Uint8Array) => void lines.push(valueOf(line)),
      pending: "the client's",
      serverRequests: "the client's",
    } as unknown as BridgeContext,
    createModern(context) {
      contexts.push(context);
      fromBackend = context.toClient;
      return {
        async request(exchange: Exchange) {
          requests.push(exchange);
          const given = answer(exchange.request);
          if (given) exchange.answer(given);
          else {
            await new Promise<void>((_, reject) =>
              exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason))
            );
          }
        },
        send: (message: Message) => void sent.push(text(message)),
        flushed() {
          sent.push("flushed");
          return Promise.resolve();
        },
      } as unknown as ModernEra;
    },
  });
  const request_ = async (method: string, params?: unknown, id: unknown = 1) => {
    const answers: Value[] = [];
    const exchange = createExchange(
      request(method, params, id),
      (line) => void answers.push(valueOf(line)),
    );
    await within(translation.request(exchange), { what: `the end of ${method}` });
    return answers[0];
  };
  const it = {
    translation,
    lines,
    requests,
    sent,
    stop,
    contexts,
    request: request_,
    backendSays: (message: Message) => fromBackend!(message.bytes),
    asked: (method: string) => requests.filter(({ request }) => request.method === method),
    async initialize(params: unknown = { capabilities: {}, clientInfo: { name: "c" } }) {
      const discovered = response({ supportedVersions: ["2026-07-28"], capabilities });
      translation.adopt(discovered);
      return await request_("initialize", params, "i");
    },
    /** Acknowledges the subscription that was asked for last. */
    acknowledge(notifications?: unknown) {
      const { request } = it.asked("subscriptions/listen").at(-1)!;
      const wanted = valueOf(request).params.notifications;
      fromBackend!(
        notification("notifications/subscriptions/acknowledged", {
          notifications: notifications ?? wanted,
          _meta: { "io.modelcontextprotocol/subscriptionId": JSON.parse(request.id) },
        }).bytes,
      );
    },
  };
  return it;
}

/** A backend that leaves subscriptions open. */
const listens = {
  answer: ({ method }: Message) => method === "subscriptions/listen" ? undefined : response({}),
};

Deno.test("what was found out for initialize is not asked again, and asked for the next one", async () => {
  const it = setUp();
  assert.deepEqual((await it.initialize()).result, {
    capabilities: all,
    protocolVersion: "2025-11-25",
    serverInfo: { name: "mcp.test:8443", version: "unknown" },
  });
  assert.equal(it.requests.length, 0);
  await it.request("initialize", { capabilities: {}, clientInfo: { name: "d" } });
  assert.deepEqual(it.requests.map(({ request }) => request.method), ["server/discover"]);
});

Deno.test("what the backend is asked, and asks, is kept apart from what the client knows of", () => {
  const [{ pending, serverRequests }] = setUp().contexts;
  assert.deepEqual([typeof pending, typeof serverRequests], ["object", "object"]);
});

Deno.test("a client that has begun no session subscribes to nothing", async () => {
  assert.equal((await setUp().request(subscribe, { uri: "a" })).error.code, -32601);
});

Deno.test("a backend that refuses to say what it is has its error answered", async () => {
  const it = setUp({ answer: () => errorResponse({ code: 5, message: "no" }) });
  assert.deepEqual((await it.request("initialize")).error, { code: 5, message: "no" });
});

Deno.test("each request says who the client is, and what it wants to hear", async () => {
  const it = setUp();
  await it.initialize({
    capabilities: { roots: {}, tasks: {} },
    clientInfo: { name: "c", version: "1" },
  });
  await it.request("tools/call", { name: "t", task: {} }, 7);
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": { roots: {} },
  };
  assert.deepEqual(valueOf(it.requests[0].request), {
    jsonrpc: "2.0",
    id: 7,
    method: "tools/call",
    params: { name: "t", _meta: meta },
  });
  assert.deepEqual((await it.request("logging/setLevel", { level: "info" })).result, {});
  await it.request("prompts/get", { task: {}, _meta: { progressToken: 1 } });
  assert.deepEqual(valueOf(it.requests[1].request).params, {
    task: {},
    _meta: { progressToken: 1, ...meta, "io.modelcontextprotocol/logLevel": "info" },
  });
  it.translation.send(notification("notifications/x", { a: 1 }));
  assert.deepEqual(JSON.parse(it.sent[0]).params, {
    a: 1,
    _meta: { ...meta, "io.modelcontextprotocol/logLevel": "info" },
  });
  await it.initialize();
  await it.request("prompts/get");
  assert.deepEqual(valueOf(it.requests[2].request).params._meta, {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "c" },
    "io.modelcontextprotocol/clientCapabilities": {},
  }, "a new session begins without a level");
});

for (
  const level of ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
) {
  Deno.test(`the level ${level} is taken`, async () => {
    assert.deepEqual((await setUp().request("logging/setLevel", { level })).result, {});
  });
}

for (const params of [{ level: "loud" }, { level: 7 }, {}, undefined, []]) {
  Deno.test(`the level of ${JSON.stringify(params)} is refused`, async () => {
    const it = setUp();
    assert.deepEqual((await it.request("logging/setLevel", params)).error, {
      code: -32602,
      message: "Invalid log level; one of debug, info, notice, warning, error, critical, alert, " +
        "emergency is wanted",
    });
    it.backendSays(notification("notifications/message", { level: "error" }));
    assert.deepEqual(it.lines, []);
  });
}

for (
  const [method, answer] of [
    ["ping", { result: {} }],
    ["tasks/list", {
      error: {
        code: -32601,
        message: "There are no tasks: client and backend speak different eras of MCP",
      },
    }],
    ["server/discover", { error: { code: -32601, message: "Method not found" } }],
    ["subscriptions/listen", { error: { code: -32601, message: "Method not found" } }],
  ] as const
) {
  Deno.test(`${method} goes no further`, async () => {
    const it = setUp();
    assert.deepEqual(await it.request(method, {}, "x"), { jsonrpc: "2.0", id: "x", ...answer });
    assert.equal(it.requests.length, 0);
  });
}

for (
  const [method, error, code] of [
    ["resources/read", { code: -32602, message: "m" }, -32002],
    ["resources/read", { code: -32601, message: "m" }, -32601],
    ["resources/read", { message: "m" }, undefined],
    ["prompts/get", { code: -32602, message: "m" }, -32602],
  ] as const
) {
  Deno.test(`the error ${JSON.stringify(error)} of ${method} has the code ${code}`, async () => {
    const it = setUp({ answer: () => errorResponse(error) });
    const given = (await it.request(method)).error;
    assert.deepEqual(given, { message: "m", ...code !== undefined && { code } });
  });
}

Deno.test("a resource that is there is answered as it is", async () => {
  const it = setUp({ answer: () => response({ code: -32602 }) });
  assert.deepEqual((await it.request("resources/read")).result, { code: -32602 });
});

Deno.test("what the backend wants to know is asked of the client", async () => {
  const it = setUp({
    answer: ({ id }) =>
      id.includes("retry") ? response({ done: true }) : response({
        resultType: "input_required",
        inputRequests: { a: { method: "roots/list" } },
      }),
  });
  await it.initialize({ capabilities: { roots: {} } });
  const answered = it.request("tools/call", { name: "t" }, 5);
  await until(() => it.lines.length === 1, "the question");
  assert.equal(it.lines[0].method, "roots/list");
  it.translation.send(response({ roots: [] }, it.lines[0].id));
  assert.deepEqual(await answered, { jsonrpc: "2.0", id: 5, result: { done: true } });
  assert.deepEqual(valueOf(it.requests[1].request).params.inputResponses, { a: { roots: [] } });
  it.translation.send(response({}, "unknown"));
  assert.deepEqual(it.sent, [], "no response goes to the backend");
});

Deno.test("another session, and the end, end what is asked and what is listened to", async () => {
  for (const end of ["initialize", "end"]) {
    const it = setUp({
      answer: ({ method }) =>
        method === "subscriptions/listen" ? undefined : response({
          resultType: "input_required",
          inputRequests: { a: { method: "roots/list" } },
        }),
    });
    await it.initialize({ capabilities: { roots: {} } });
    it.translation.send(notification("notifications/initialized"));
    it.acknowledge();
    const answered = it.request("tools/call", { name: "t" }, 5);
    await until(() => it.lines.length === 1, "the question");
    if (end === "end") await it.translation.end(AbortSignal.timeout(1_000));
    else await it.initialize();
    await assert.rejects(answered, /began another session/);
    assert.equal(it.asked("subscriptions/listen")[0].signal.aborted, true);
  }
});

for (
  const method of [
    "notifications/cancelled",
    "notifications/progress",
    "notifications/roots/list_changed",
    "notifications/initialized",
  ]
) {
  Deno.test(`${method} of the client stays here`, () => {
    const it = setUp();
    it.translation.send(notification(method));
    assert.deepEqual(it.sent, []);
  });
}

Deno.test("what the backend says goes to the client where its era has it", async () => {
  const it = setUp();
  const says = (given: Message) => {
    it.lines.length = 0;
    it.backendSays(given);
    return it.lines;
  };
  const progress = message(
    `{"jsonrpc":"2.0","method":"notifications/progress",\n"params":{"a":1}}`,
  );
  assert.deepEqual(says(progress), [valueOf(progress)]);
  const logged = notification("notifications/message", { level: "error" });
  assert.deepEqual(says(logged), [], "who has set no level wants none");
  await it.request("logging/setLevel", { level: "info" });
  assert.deepEqual(says(logged), [valueOf(logged)]);
  assert.deepEqual(says(notification("notifications/cancelled", { requestId: 1 })), []);
  assert.deepEqual(says(request("roots/list")), []);
  const mark = { _meta: { "io.modelcontextprotocol/subscriptionId": "other" } };
  assert.deepEqual(says(notification("notifications/tools/list_changed", mark)), []);
});

for (
  const [capabilities, wanted] of [
    [all, { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }],
    [{ tools: { listChanged: true }, prompts: { listChanged: 1 } }, { toolsListChanged: true }],
    [{ prompts: { listChanged: true }, resources: null }, { promptsListChanged: true }],
    [{ resources: { listChanged: true } }, { resourcesListChanged: true }],
    [{ resources: { subscribe: true } }, undefined],
    [{}, undefined],
    [null, undefined],
    [undefined, undefined],
  ] as const
) {
  const what = `of ${JSON.stringify(capabilities)} ${JSON.stringify(wanted)} is listened to`;
  Deno.test(what, async () => {
    const it = setUp({ ...listens, capabilities: capabilities ?? null });
    if (capabilities === undefined) it.translation.adopt(response({ supportedVersions: [] }));
    if (capabilities === undefined) await it.request("initialize");
    else await it.initialize();
    assert.equal(it.requests.length, 0);
    it.translation.send(notification("notifications/initialized"));
    await nextTurn();
    const asked = it.asked("subscriptions/listen").map(({ request }) => valueOf(request).params);
    assert.deepEqual(asked.map(({ notifications }) => notifications), wanted ? [wanted] : []);
    if (!wanted) return;
    assert.equal(asked[0]._meta["io.modelcontextprotocol/clientInfo"].name, "c");
    it.acknowledge();
    it.backendSays(notification("notifications/tools/list_changed", {
      _meta: { "io.modelcontextprotocol/subscriptionId": "authful-mcp-proxy-listen-1" },
    }));
    assert.deepEqual(it.lines, [{
      jsonrpc: "2.0",
      method: "notifications/tools/list_changed",
      params: {},
    }]);
    await it.translation.end(AbortSignal.timeout(1_000));
  });
}

Deno.test("a backend that does not announce changes is no error", async () => {
  const it = setUp({ answer: () => errorResponse({ code: -32601, message: "no" }) });
  await it.initialize();
  it.translation.send(notification("notifications/initialized"));
  await nextTurn();
  assert.deepEqual(it.lines, []);
});

const subscribe = "resources/subscribe";
const unsubscribe = "resources/unsubscribe";

Deno.test("subscriptions to resources are one with those to lists", async () => {
  const it = setUp(listens);
  await it.initialize();
  const wanted = () =>
    valueOf(it.asked("subscriptions/listen").at(-1)!.request).params.notifications
      .resourceSubscriptions;
  const lists = () => {
    const { resourceSubscriptions: _, ...lists } =
      valueOf(it.asked("subscriptions/listen").at(-1)!.request).params.notifications;
    return Object.keys(lists).length;
  };
  const opened = it.asked("subscriptions/listen");
  assert.equal(opened.length, 0);
  const one = it.request(subscribe, { uri: "a" });
  assert.deepEqual([wanted(), lists()], [["a"], 3]);
  it.acknowledge();
  assert.deepEqual((await one).result, {});
  const other = it.request(subscribe, { uri: "b" });
  assert.deepEqual(wanted(), ["a", "b"]);
  it.acknowledge();
  assert.deepEqual((await other).result, {});
  assert.deepEqual((await it.request(subscribe, { uri: "a" })).result, {}, "it is there already");
  assert.deepEqual((await it.request(unsubscribe, { uri: "c" })).result, {}, "it never was there");
  assert.equal(it.asked("subscriptions/listen").length, 2);
  const end = it.request(unsubscribe, { uri: "a" });
  assert.deepEqual(wanted(), ["b"]);
  let isAnswered = false;
  end.then(() => isAnswered = true);
  await nextTurn();
  assert.equal(isAnswered, false, "before it is acknowledged");
  it.acknowledge();
  assert.deepEqual((await end).result, {});
  const last = it.request(unsubscribe, { uri: "b" });
  assert.equal(wanted(), undefined);
  it.acknowledge();
  assert.deepEqual((await last).result, {});
  await it.translation.end(AbortSignal.timeout(1_000));
});

Deno.test("a resource whose changes are not announced is refused, and may be asked for again", async () => {
  for (const acknowledged of [{}, { resourceSubscriptions: ["other"] }]) {
    const it = setUp(listens);
    await it.initialize();
    for (let n = 1; n < 3; n++) {
      const answered = it.request(subscribe, { uri: "a" });
      it.acknowledge(acknowledged);
      assert.deepEqual((await answered).error, {
        code: -32602,
        message: "The backend does not announce changes of this resource",
      });
      assert.equal(it.asked("subscriptions/listen").length, n);
    }
    await it.translation.end(AbortSignal.timeout(1_000));
  }
});

Deno.test("a subscription that fails is none", async () => {
  let isDown = true;
  const it = setUp({
    answer({ method }) {
      if (method !== "subscriptions/listen") return response({});
      if (isDown) throw down;
    },
  });
  await it.initialize();
  await assert.rejects(it.request(subscribe, { uri: "a" }), down);
  isDown = false;
  const again = it.request(subscribe, { uri: "a" });
  assert.equal(it.asked("subscriptions/listen").length, 2);
  it.acknowledge();
  assert.deepEqual((await again).result, {});
  await it.translation.end(AbortSignal.timeout(1_000));
});

for (
  const [capabilities, params, error] of [
    [{ resources: {} }, { uri: "a" }, {
      code: -32601,
      message: "The backend does not offer subscriptions to resources",
    }],
    [{ resources: { subscribe: "yes" } }, {}, {
      code: -32601,
      message: "The backend does not offer subscriptions to resources",
    }],
    [all, {}, { code: -32602, message: "The uri of the resource is missing" }],
    [all, undefined, { code: -32602, message: "The uri of the resource is missing" }],
  ] as const
) {
  Deno.test(`${JSON.stringify(params)} at ${JSON.stringify(capabilities)} is no subscription`, async () => {
    const it = setUp({ capabilities });
    await it.initialize();
    for (const method of [subscribe, unsubscribe]) {
      assert.deepEqual((await it.request(method, params)).error, error);
    }
    assert.equal(it.requests.length, 0);
  });
}

Deno.test("another session forgets what the backend offered, and what was subscribed to", async () => {
  const it = setUp(listens);
  await it.initialize();
  const subscribed = it.request(subscribe, { uri: "a" });
  it.acknowledge();
  await subscribed;
  await it.initialize();
  it.translation.send(notification("notifications/initialized"));
  await nextTurn();
  const { notifications } = valueOf(it.asked("subscriptions/listen").at(-1)!.request).params;
  assert.deepEqual(notifications, {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
  });
  it.translation.adopt(errorResponse({ code: 1 }));
  await it.request("initialize");
  assert.equal((await it.request(subscribe, { uri: "a" })).error.code, -32601);
  const before = it.requests.length;
  it.translation.send(notification("notifications/initialized"));
  assert.equal(it.requests.length, before);
});

Deno.test("a cancelled request ends, and the end of its POST tells the backend", async () => {
  const it = setUp({ answer: () => undefined });
  const lines: Value[] = [];
  const exchange = createExchange(request("tools/call"), (line) => void lines.push(valueOf(line)));
  const ended = it.translation.request(exchange);
  it.translation.cancel(notification("notifications/cancelled", { requestId: 1 }), exchange);
  await assert.rejects(ended, /was cancelled/);
  assert.equal(exchange.isCancelled, true);
  assert.equal(it.requests[0].signal.aborted, true);
  assert.deepEqual(lines.map(({ error }) => error.data.reason), ["cancelled"]);
  assert.deepEqual(it.sent, []);
  await it.translation.flushed();
  assert.deepEqual(it.sent, ["flushed"]);
});

const missing = errorResponse({
  code: -32021,
  message: "m",
  data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
});
const declares = (message: Message) =>
  valueOf(message).params._meta["io.modelcontextprotocol/clientCapabilities"].extensions;
const aTask = response({ resultType: "task", taskId: "a", status: "working", pollIntervalMs: 100 });

Deno.test("a call that the backend refuses since it wants a task is sent once more as one", async () => {
  const it = setUp({
    answer({ method, bytes }) {
      if (method === "tools/call") return declares(message(text(bytes))) ? aTask : missing;
      return response({ status: "completed", result: { done: true } });
    },
  });
  await it.initialize({ capabilities: { roots: {} } });
  const answer = await it.request("tools/call", { name: "t" }, 7);
  assert.deepEqual(answer, { jsonrpc: "2.0", id: 7, result: { done: true } });
  assert.deepEqual(it.requests.map(({ request }) => request.method), [
    "tools/call",
    "tools/call",
    "tasks/get",
  ]);
});

Deno.test("a call that is refused as a task, too, is not sent a third time", async () => {
  const it = setUp({ answer: () => missing });
  await it.initialize();
  assert.equal((await it.request("tools/call", { name: "t" })).error.code, -32021);
  assert.equal(it.requests.length, 2);
  assert.equal((await it.request("prompts/get", { name: "t" })).error.code, -32021);
  assert.equal(it.requests.length, 3, "calls alone become tasks");
});

Deno.test("a task that nobody has asked for is followed, too, and another request is none", async () => {
  const it = setUp({
    answer: ({ method }) =>
      method === "tasks/get" ? response({ status: "completed", result: { done: true } }) : aTask,
  });
  await it.initialize();
  assert.deepEqual((await it.request("tools/call", { name: "t" })).result, { done: true });
  assert.equal((await it.request("prompts/get", { name: "t" })).result.resultType, "task");
});

Deno.test("the end waits for tasks that are being cancelled", async () => {
  const it = setUp({
    answer: ({ method }) => method === "tools/call" ? aTask : undefined,
  });
  await it.initialize();
  const exchange = createExchange(request("tools/call", { name: "t" }), () => {});
  const call = it.translation.request(exchange);
  await until(() => it.asked("tasks/get").length === 1, "the question for the task");
  exchange.abort(requestCancelled());
  await assert.rejects(call);
  let isOver = false;
  const ended = it.translation.end(new AbortController().signal).then(() => isOver = true);
  await until(() => it.asked("tasks/cancel").length === 1, "the cancellation");
  assert.equal(isOver, false);
  await it.translation.end(AbortSignal.abort());
  it.asked("tasks/cancel")[0].answer(response({}));
  await ended;
});
