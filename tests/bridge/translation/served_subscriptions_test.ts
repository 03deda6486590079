import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import {
  createOwnExchange,
  type Exchange,
  requestCancelled,
} from "../../../src/bridge/exchange.ts";
import type { BackendSession } from "../../../src/bridge/translation/backend_session.ts";
import { serveSubscriptions } from "../../../src/bridge/translation/served_subscriptions.ts";
import {
  errorResponse,
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

/** Subscriptions at a backend that answers requests so. */
function setUp({ capabilities = all, answer = (exchange) => void exchange.answer(response({})) }: {
  capabilities?: BackendSession["capabilities"];
  answer?: (exchange: Exchange) => void | Promise<void>;
} = {}) {
  const lines: Value[] = [];
  const requests: Exchange[] = [];
  const stop = new AbortController();
  const audience = { hasListened: false };
  let ids = 0;
  const subscriptions = serveSubscriptions({
    context: {
      stop: stop.signal,
      acceptTimeout: 30_000,
      log: createLog({ level: "error" }),
      toClient: (line: Uint8Array) => void lines.push(valueOf(line)),
    } as BridgeContext,
    audience,
    session: {
      capabilities,
      nextId: () => String(++ids),
      request(exchange: Exchange) {
        requests.push(exchange);
        return Promise.resolve(answer(exchange));
      },
    } as unknown as BackendSession,
  });
  return {
    subscriptions,
    lines,
    requests,
    stop,
    audience,
    asked: () => requests.map(({ request }) => text(request)),
    async listen(notifications: unknown, id: unknown = "l") {
      const exchange = createOwnExchange(
        request("subscriptions/listen", { notifications }, id),
        "client",
      );
      const served = subscriptions.serve(exchange);
      served.catch(() => {});
      await nextTurn();
      return { exchange, served };
    },
  };
}

const acknowledgement = (notifications: unknown, id: unknown = "l") => ({
  jsonrpc: "2.0",
  method: "notifications/subscriptions/acknowledged",
  params: { notifications, _meta: { "io.modelcontextprotocol/subscriptionId": id } },
});

for (
  const [wanted, capabilities, honoured] of [
    [{ toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }, all, {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
    }],
    [{ toolsListChanged: true }, all, { toolsListChanged: true }],
    [{ promptsListChanged: true }, all, { promptsListChanged: true }],
    [{ resourcesListChanged: true }, all, { resourcesListChanged: true }],
    [{ toolsListChanged: 1, promptsListChanged: false }, all, {}],
    [{ toolsListChanged: true }, {}, {}],
    [{ toolsListChanged: true }, { tools: {}, prompts: { listChanged: true } }, {}],
    [{ toolsListChanged: true }, { tools: { listChanged: "yes" } }, {}],
    [{ resourceSubscriptions: ["a", "b"] }, all, { resourceSubscriptions: ["a", "b"] }],
    [{ resourceSubscriptions: ["a", 7, null] }, all, { resourceSubscriptions: ["a"] }],
    [{ resourceSubscriptions: [] }, all, {}],
    [{ resourceSubscriptions: "ab" }, all, {}],
    [{ resourceSubscriptions: { 0: "a" } }, all, {}],
    [{ resourceSubscriptions: ["a"] }, { resources: { listChanged: true } }, {}],
    [{ resourceSubscriptions: ["a"] }, { resources: { subscribe: 1 } }, {}],
    [{ resourceSubscriptions: ["a"] }, {}, {}],
    [undefined, all, {}],
    [null, all, {}],
  ] as const
) {
  const what = `${JSON.stringify(wanted)} of ${JSON.stringify(capabilities)}`;
  Deno.test(`who wants ${what} gets ${JSON.stringify(honoured)}`, async () => {
    const it = setUp({ capabilities: capabilities as BackendSession["capabilities"] });
    assert.equal(it.subscriptions.size, 0);
    const { exchange } = await it.listen(wanted);
    assert.deepEqual(it.lines, [acknowledgement(honoured)]);
    assert.ok(exchange.sentAt > 0);
    assert.equal(it.subscriptions.size, 1);
    assert.equal(it.audience.hasListened, true);
  });
}

Deno.test("an id that is a number marks notifications as one, and when it went out stays", async () => {
  const it = setUp();
  const exchange = createOwnExchange(request("subscriptions/listen", {}, 7), "client");
  exchange.sentAt = 5;
  it.subscriptions.serve(exchange);
  await nextTurn();
  assert.deepEqual(it.lines, [acknowledgement({}, 7)]);
  assert.equal(exchange.sentAt, 5);
});

Deno.test("each subscription gets what it wants, under its id", async () => {
  const it = setUp();
  await it.listen({ toolsListChanged: true }, "t");
  await it.listen({ toolsListChanged: true, promptsListChanged: true }, "p");
  await it.listen({ resourcesListChanged: true, resourceSubscriptions: ["file:///a"] }, "r");
  it.lines.length = 0;
  const marks = (method: string, params?: unknown) => {
    it.lines.length = 0;
    assert.equal(it.subscriptions.take(notification(method, params)), true);
    return it.lines.map(({ params }) => params._meta["io.modelcontextprotocol/subscriptionId"]);
  };
  assert.deepEqual(marks("notifications/tools/list_changed"), ["t", "p"]);
  assert.deepEqual(marks("notifications/prompts/list_changed"), ["p"]);
  assert.deepEqual(marks("notifications/resources/list_changed", { a: 1 }), ["r"]);
  assert.deepEqual(it.lines[0].params.a, 1);
  const updated = "notifications/resources/updated";
  assert.deepEqual(marks(updated, { uri: "file:///a" }), ["r"]);
  assert.deepEqual(marks(updated, { uri: "file:///a/part" }), ["r"]);
  assert.deepEqual(marks(updated, { uri: "file:///" }), []);
  assert.deepEqual(marks(updated, { uri: "x/file:///a" }), []);
  assert.deepEqual(marks(updated), []);
});

Deno.test("what somebody has subscribed to by its name is not taken for a part of something else", async () => {
  const it = setUp();
  await it.listen({ resourceSubscriptions: ["db://1"] }, "one");
  await it.listen({ resourceSubscriptions: ["db://10", "db://1/rows", "db://1?all"] }, "others");
  await it.listen({ resourceSubscriptions: ["db://"] }, "all");
  const toldOf = (uri: string) => {
    it.lines.length = 0;
    it.subscriptions.take(notification("notifications/resources/updated", { uri }));
    return it.lines.map(({ params }) => params._meta["io.modelcontextprotocol/subscriptionId"]);
  };
  assert.deepEqual(toldOf("db://1"), ["one", "all"]);
  assert.deepEqual(toldOf("db://10"), ["others", "all"]);
  assert.deepEqual(toldOf("db://1/rows"), ["one", "others", "all"]);
  assert.deepEqual(toldOf("db://1?all"), ["one", "others", "all"]);
  // The backend has a reason to tell of it, which only it knows.
  assert.deepEqual(toldOf("db://12"), ["one", "all"]);
});

Deno.test("a subscription that is cancelled while the backend is asked ends at once", async () => {
  const asked = Promise.withResolvers<void>();
  const it = setUp({
    async answer(exchange) {
      await asked.promise;
      exchange.answer(response({}));
    },
  });
  const { exchange, served } = await it.listen({ resourceSubscriptions: ["a"] });
  exchange.abort(requestCancelled());
  await assert.rejects(served, { reason: "cancelled" });
  assert.deepEqual(it.lines, []);
  asked.resolve();
  await nextTurn();
  assert.deepEqual(it.requests.map(({ request }) => request.method), [
    "resources/subscribe",
    "resources/unsubscribe",
  ]);
});

Deno.test("a resource that is refused to one is let go of by it", async () => {
  let isRefused = true;
  const it = setUp({
    answer: (exchange) =>
      void exchange.answer(isRefused ? errorResponse({ code: 1 }) : response({})),
  });
  await it.listen({ resourceSubscriptions: ["a"] }, 1);
  isRefused = false;
  const other = await it.listen({ resourceSubscriptions: ["a"] }, 2);
  assert.deepEqual(it.lines.at(-1), acknowledgement({ resourceSubscriptions: ["a"] }, 2));
  other.exchange.abort(requestCancelled());
  await other.served;
  await nextTurn();
  assert.equal(it.requests.at(-1)?.request.method, "resources/unsubscribe");
});

Deno.test("what no subscription is about is left to others", () => {
  const it = setUp();
  for (
    const method of [
      "notifications/message",
      "notifications/roots/list_changed",
      "x/notifications/tools/list_changed",
      "notifications/tools/list_changed/x",
      "notifications/resources/updated/x",
    ]
  ) {
    assert.equal(it.subscriptions.take(notification(method)), false, method);
  }
  assert.deepEqual(it.lines, []);
});

Deno.test("a client that has never listened hears of lists unasked, and only until it has", async () => {
  const it = setUp();
  const changed = notification("notifications/tools/list_changed");
  assert.equal(it.subscriptions.take(changed), true);
  assert.deepEqual(it.lines, [valueOf(changed)]);
  assert.equal(
    it.subscriptions.take(notification("notifications/resources/updated", { uri: "a" })),
    true,
  );
  assert.equal(it.lines.length, 1, "a resource is only of interest to who has subscribed to it");
  const { exchange } = await it.listen({ promptsListChanged: true });
  exchange.abort(requestCancelled());
  await nextTurn();
  it.lines.length = 0;
  assert.equal(it.subscriptions.take(changed), true);
  assert.deepEqual(it.lines, []);
});

Deno.test("a resource is subscribed to once, and let go of with its last subscription", async () => {
  const it = setUp();
  const one = await it.listen({ resourceSubscriptions: ["a", "b"] }, 1);
  const other = await it.listen({ resourceSubscriptions: ["a"] }, 2);
  const asked = (id: number, method: string, uri: string) =>
    `{"jsonrpc":"2.0","id":${id},"method":"resources/${method}","params":{"uri":"${uri}"}}`;
  const first = [asked(1, "subscribe", "a"), asked(2, "subscribe", "b")];
  assert.deepEqual(it.asked(), first);
  assert.deepEqual(it.lines[1], acknowledgement({ resourceSubscriptions: ["a"] }, 2));
  one.exchange.abort(requestCancelled());
  await one.served;
  assert.equal(it.subscriptions.size, 1);
  assert.deepEqual(it.asked(), [...first, asked(3, "unsubscribe", "b")]);
  assert.equal(it.requests[2].purpose, "client");
  other.exchange.abort(requestCancelled());
  await other.served;
  assert.equal(it.subscriptions.size, 0);
  await nextTurn();
  assert.deepEqual(it.asked().slice(3), [asked(4, "unsubscribe", "a")]);
  await it.listen({ resourceSubscriptions: ["a"] }, 3);
  assert.deepEqual(it.asked().slice(4), [asked(5, "subscribe", "a")]);
});

Deno.test("one resource named twice by a subscription is one", async () => {
  const it = setUp();
  const { exchange, served } = await it.listen({ resourceSubscriptions: ["a", "a"] });
  assert.equal(it.requests.length, 1);
  assert.deepEqual(it.lines[0], acknowledgement({ resourceSubscriptions: ["a"] }));
  exchange.abort(requestCancelled());
  await served;
  assert.deepEqual(it.requests.map(({ request }) => request.method), [
    "resources/subscribe",
    "resources/unsubscribe",
  ]);
});

Deno.test("a resource that the backend refuses is not honoured, and may be asked for again", async () => {
  const it = setUp({
    answer: (exchange) =>
      void exchange.answer(
        exchange.request.uri === "bad" ? errorResponse({ code: 1 }) : response({}),
      ),
  });
  await it.listen({ resourceSubscriptions: ["bad", "good"] }, 1);
  assert.deepEqual(it.lines, [acknowledgement({ resourceSubscriptions: ["good"] }, 1)]);
  await it.listen({ resourceSubscriptions: ["bad"] }, 2);
  assert.equal(it.requests.length, 3);
});

Deno.test("a backend that cannot be reached fails the subscription, and what it had is let go of", async () => {
  const down = new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "down" });
  let isDown = true;
  const it = setUp({
    answer(exchange) {
      if (isDown && exchange.request.uri === "bad") return Promise.reject(down);
      exchange.answer(response({}));
    },
  });
  const { served } = await it.listen({ resourceSubscriptions: ["good", "bad"] }, 1);
  await assert.rejects(served, down);
  assert.deepEqual(it.lines, []);
  assert.equal(it.subscriptions.size, 0);
  assert.equal(it.audience.hasListened, false);
  assert.deepEqual(it.requests.map(({ request }) => `${request.method} ${request.uri}`), [
    "resources/subscribe good",
    "resources/subscribe bad",
    "resources/unsubscribe good",
  ]);
  isDown = false;
  await it.listen({ resourceSubscriptions: ["bad"] }, 2);
  assert.equal(it.requests.at(-1)?.request.method, "resources/subscribe");
});

Deno.test("a subscription that ends with the bridge asks for nothing, one that cannot be ended is over", async () => {
  const it = setUp();
  const { exchange, served } = await it.listen({ resourceSubscriptions: ["a"] });
  it.stop.abort();
  exchange.abort(requestCancelled());
  await served;
  assert.equal(it.requests.length, 1);
  const failing = setUp({
    answer(exchange) {
      if (exchange.request.method.endsWith("unsubscribe")) return Promise.reject(new Error("x"));
      exchange.answer(response({}));
    },
  });
  const other = await failing.listen({ resourceSubscriptions: ["a"] });
  other.exchange.abort(requestCancelled());
  await other.served;
  await nextTurn();
  assert.equal(failing.requests.length, 2);
});
