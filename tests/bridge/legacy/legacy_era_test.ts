import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import type { BackendRequest } from "../../../src/bridge/http/backend_http.ts";
import { createLegacyEra } from "../../../src/bridge/legacy/legacy_era.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { jsonResponse } from "../bridge_fixture.ts";
import { createParts, messageOf, textOf } from "../bridge_parts.ts";
import type { Value } from "../message.ts";

interface Sent {
  request: BackendRequest;
  message: Value;
  session: string | undefined;
}

type Reply = Response | Promise<Response> | undefined;

/** A backend that has one session at a time, which the test may end; what it does is the test's. */
function open(
  reply: (sent: Sent) => Reply = () => undefined,
  overrides: Partial<BridgeContext> = {},
) {
  const log: Sent[] = [];
  const state = { session: 1, capabilities: { tools: {} } as Record<string, unknown> };
  const good = ({ message, session, request }: Sent): Response => {
    if (request.method === "GET") return new Response(null, { status: 405 });
    if (request.method === "DELETE") return new Response(null, { status: 200 });
    const { id, method } = message;
    const isKnown = session === `s${state.session}`;
    if (method === "initialize") {
      const { capabilities } = state;
      return jsonResponse({
        jsonrpc: "2.0",
        id,
        result: { protocolVersion: "2025-11-25", capabilities },
      }, { headers: { "mcp-session-id": `s${state.session}` } });
    }
    if (!isKnown) return new Response("no session", { status: 404 });
    if (id === undefined || !method) return new Response(null, { status: 202 });
    return jsonResponse({ jsonrpc: "2.0", id, result: {} });
  };
  const parts = createParts((request) => {
    const sent: Sent = {
      request,
      message: request.body && JSON.parse(textOf(request.body)),
      session: request.headers["mcp-session-id"],
    };
    log.push(sent);
    return reply(sent) ?? good(sent);
  }, overrides);
  const era = createLegacyEra(parts.context);
  const ask = (method: string, params?: unknown, id: unknown = method) => {
    const exchange = parts.context.pending.open(messageOf({ id, method, params }));
    const done = era.request(exchange);
    done.catch(() => {});
    return { exchange, done };
  };
  const shown = ({ message, request, session }: Sent) =>
    `${message?.method ?? (message ? "response" : request.method)} ${session ?? "-"}`;
  return {
    ...parts,
    era,
    state,
    ask,
    log,
    shown: () => log.map(shown),
    notify: (method: string, params?: unknown) => era.send(messageOf({ method, params })),
    async begin() {
      await ask("initialize").done;
      era.send(messageOf({ method: "notifications/initialized" }));
      await era.flushed();
    },
    /** What was sent since the last time, without the streams of the backend. */
    since() {
      return log.splice(0).map(shown).filter((each) => !each.startsWith("GET"));
    },
  };
}

const turns = async () => {
  for (let turn = 0; turn < 300; turn++) await Promise.resolve();
};
const settle = async (time: FakeTime) => {
  for (let turn = 0; turn < 30; turn++) await time.pass(0);
};
const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });

Deno.test("a session is begun, used and ended", async () => {
  using time = new FakeTime();
  const it = open();
  await it.begin();
  await it.ask("tools/list").done;
  await settle(time);
  assert.deepEqual(it.shown(), [
    "initialize -",
    "notifications/initialized s1",
    "tools/list s1",
    "GET s1",
  ]);
  it.log.length = 0;
  await it.era.end(new AbortController().signal);
  const [{ request }] = it.log as [Sent];
  assert.deepEqual([request.method, request.headers, request.purpose, request.isQuestion], [
    "DELETE",
    { "mcp-session-id": "s1", "mcp-protocol-version": "2025-11-25" },
    "background",
    true,
  ]);
  assert.equal(it.messages().length, 2);
  it.log.length = 0;
  await it.era.end(new AbortController().signal);
  assert.deepEqual(it.log, [], "there is none any more");
});

Deno.test("everything but a response waits for the answer to initialize", async () => {
  const begun = Promise.withResolvers<Response>();
  const it = open(({ message }) => message?.method === "initialize" ? begun.promise : undefined);
  const first = it.ask("initialize");
  const listed = it.ask("tools/list");
  it.notify("notifications/a");
  it.notify("notifications/cancelled", { requestId: 9 });
  await turns();
  assert.deepEqual(it.since(), ["initialize -"]);
  begun.resolve(jsonResponse({
    jsonrpc: "2.0",
    id: "initialize",
    result: { protocolVersion: "2025-11-25", capabilities: {} },
  }, { headers: { "mcp-session-id": "s1" } }));
  await Promise.all([first.done, listed.done, it.era.flushed()]);
  assert.deepEqual(it.since().sort(), [
    "notifications/a s1",
    "notifications/cancelled s1",
    "tools/list s1",
  ]);
});

Deno.test("a response waits for the id of the session only, and for nothing once that is known", async () => {
  const headers = { "content-type": "text/event-stream", "mcp-session-id": "s1" };
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const came = Promise.withResolvers<void>();
  const it = open(({ message }) => {
    if (message?.method !== "initialize") return undefined;
    const body = new ReadableStream<Uint8Array>({ start: (it) => void (stream = it) });
    return came.promise.then(() => new Response(body, { headers }));
  });
  const { done } = it.ask("initialize");
  it.era.send(messageOf({ id: 7, result: {} }));
  await turns();
  assert.deepEqual(it.since(), ["initialize -"]);
  came.resolve();
  await turns();
  assert.deepEqual(it.since(), ["response s1"], "the answer is not there yet");
  const answer = {
    jsonrpc: "2.0",
    id: "initialize",
    result: { protocolVersion: "2025-11-25", capabilities: {} },
  };
  stream!.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(answer)}\n\n`));
  stream!.close();
  await done;
});

Deno.test("requests wait for initialized to be taken, or to have had its time", async () => {
  using time = new FakeTime();
  const taken = Promise.withResolvers<Response>();
  const it = open(
    ({ message }) => message?.method === "notifications/initialized" ? taken.promise : undefined,
    { orderTimeout: 1_000 },
  );
  await it.ask("initialize").done;
  it.notify("notifications/initialized");
  const listed = it.ask("tools/list");
  await settle(time);
  assert.deepEqual(it.since(), ["initialize -", "notifications/initialized s1"]);
  await time.pass(999);
  assert.deepEqual(it.since(), []);
  await time.pass(1);
  await settle(time);
  assert.equal(it.since()[0], "tools/list s1");
  await listed.done;
  taken.resolve(new Response(null, { status: 202 }));
  await it.era.flushed();
});

Deno.test("a request that waits for a beginning that failed is sent all the same, or fails with it", async () => {
  for (
    const [reason, isShared] of [["backend_unreachable", true], ["backend_busy", false]] as const
  ) {
    const failed = Promise.withResolvers<Response>();
    const it = open(({ message }) => message?.method === "initialize" ? failed.promise : undefined);
    const first = it.ask("initialize");
    const second = it.ask("tools/list");
    await turns();
    const error = new ProxyError({ category: "Network error", what: "no", fix: "yes", reason });
    failed.reject(error);
    await assert.rejects(first.done, error);
    await (isShared ? assert.rejects(second.done, error) : second.done.catch(() => {}));
    assert.equal(it.since().includes("tools/list -"), !isShared, reason);
  }
});

Deno.test("a client that begins anew leaves its session", async () => {
  using time = new FakeTime();
  const it = open();
  await it.begin();
  await settle(time);
  it.context.serverRequests.open(messageOf({ id: 7, method: "roots/list" }));
  it.since();
  it.state.session = 2;
  await it.ask("initialize", undefined, "again").done;
  it.era.send(messageOf({ id: 7, result: {} }));
  await it.era.flushed();
  assert.deepEqual(it.since(), ["DELETE s1", "initialize -"], "the response was for the old one");
});

Deno.test("a session that is lost is begun again for a request, with what was set in it", async () => {
  using time = new FakeTime();
  const it = open();
  it.state.capabilities = { tools: { listChanged: true }, prompts: { listChanged: true } };
  await it.begin();
  await it.ask("logging/setLevel", { level: "debug" }).done;
  await it.ask("resources/subscribe", { uri: "a" }).done;
  await settle(time);
  it.context.serverRequests.open(messageOf({ id: 7, method: "roots/list" }));
  it.since();
  it.lines.length = 0;
  it.state.session = 2;
  it.state.capabilities = { tools: { listChanged: true } };
  await it.ask("tools/call").done;
  await settle(time);
  assert.deepEqual(it.since(), [
    "tools/call s1",
    "ping s1",
    "initialize -",
    "notifications/initialized s2",
    "logging/setLevel s2",
    "resources/subscribe s2",
    "DELETE s1",
    "tools/call s2",
  ]);
  assert.deepEqual(it.messages(), [
    {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 7, reason: "the backend has lost the session" },
    },
    { jsonrpc: "2.0", method: "notifications/tools/list_changed" },
    { jsonrpc: "2.0", id: "tools/call", result: {} },
  ]);
  assert.deepEqual(it.logged, [
    "info: the backend has lost the session; it is begun again",
    "warn: the backend no longer offers prompts; restart the client if something fails",
  ]);
  await assert.rejects(async () => await it.ask("prompts/list").done, {
    message: "Backend error: the backend was restarted and no longer offers prompts. " +
      "Fix: restart the client.",
    reason: "capability_lost",
  });
  await it.ask("tools/list").done;
  assert.deepEqual(it.since(), ["tools/list s2"]);
});

Deno.test("a setting that cannot be made again is told, and holds up nothing", async () => {
  using time = new FakeTime();
  const it = open(({ message, session }) =>
    message?.method === "logging/setLevel" && session === "s2"
      ? new Response("no", { status: 400, headers: { "content-type": "text/plain" } })
      : undefined
  );
  await it.begin();
  await it.ask("logging/setLevel", { level: "debug" }).done;
  await settle(time);
  it.state.session = 2;
  await it.ask("tools/call").done;
  assert.match(
    it.logged.join("\n"),
    /^warn: logging\/setLevel was not repeated: Backend error: the backend answered HTTP 400: no\./m,
  );
});

Deno.test("a setting that is not taken in time is told, and waited for no more", async () => {
  using time = new FakeTime();
  const it = open(
    ({ message, session }) =>
      message?.method === "logging/setLevel" && session === "s2"
        ? new Promise<Response>(() => {})
        : undefined,
    { acceptTimeout: 2_000 },
  );
  await it.begin();
  await it.ask("logging/setLevel", { level: "debug" }).done;
  await settle(time);
  it.state.session = 2;
  const { done } = it.ask("tools/call");
  await settle(time);
  it.since();
  await time.pass(1_999);
  assert.deepEqual(it.since(), []);
  await time.pass(1);
  await settle(time);
  await done;
  assert.deepEqual(it.logged.slice(1), [
    "warn: logging/setLevel was not repeated: Backend error: the backend has lost the session and " +
    "did not answer logging/setLevel within 2 s. Fix: try again, or look at the backend's log.",
  ]);
});

Deno.test("what a client has said in one session is not said for it in the next that it begins", async () => {
  using time = new FakeTime();
  const it = open();
  it.state.capabilities = { tools: {}, prompts: {} };
  await it.begin();
  await it.ask("logging/setLevel", { level: "debug" }).done;
  await settle(time);
  it.state.session = 2;
  it.state.capabilities = { tools: {} };
  await it.ask("tools/call").done;
  await it.ask("initialize", undefined, "again").done;
  await settle(time);
  // Prompts were not promised any more.
  await it.ask("prompts/list").done;
  it.since();
  it.state.session = 3;
  await it.ask("tools/call").done;
  await settle(time);
  assert.deepEqual(it.since(), [
    "tools/call s2",
    "ping s2",
    "initialize -",
    "DELETE s2",
    "tools/call s3",
  ]);
});

Deno.test("a session that is not begun again in time fails with that", async () => {
  using time = new FakeTime();
  const it = open(
    ({ message }) =>
      message?.method === "initialize" && message.id === "initialize" && it.state.session === 2
        ? new Promise<Response>(() => {})
        : undefined,
    { acceptTimeout: 2_000 },
  );
  await it.begin();
  await settle(time);
  it.state.session = 2;
  const { done } = it.ask("tools/call");
  await settle(time);
  await time.pass(1_999);
  await time.pass(1);
  await assert.rejects(done, {
    reason: "session_lost",
    message: "Backend error: the backend has lost the session and did not answer initialize " +
      "within 2 s. Fix: try again, or look at the backend's log.",
  });
});

Deno.test("a backend that refuses to begin a lost session again is told so", async () => {
  using time = new FakeTime();
  const it = open(({ message }) =>
    message?.method === "initialize" && it.state.session === 2
      ? jsonResponse({ jsonrpc: "2.0", id: message.id, error: { code: -1, message: "no" } })
      : undefined
  );
  await it.begin();
  await settle(time);
  it.state.session = 2;
  await assert.rejects(it.ask("tools/call").done, {
    reason: "session_lost",
    message: "Backend error: the backend refuses to begin the lost session again. " +
      "Fix: restart the client.",
  });
});

Deno.test("requests that lose the session at the same time begin one", async () => {
  using time = new FakeTime();
  const it = open();
  await it.begin();
  await settle(time);
  it.since();
  it.state.session = 2;
  await Promise.all(["a", "b", "c"].map((id) => it.ask("tools/call", undefined, id).done));
  const sent = it.since();
  assert.equal(sent.filter((each) => each.startsWith("initialize")).length, 1, sent.join());
  assert.equal(sent.filter((each) => each === "tools/call s2").length, 3);
});

Deno.test("for what nobody waits for a session is begun three times a minute", async () => {
  using time = new FakeTime();
  const it = open();
  await it.begin();
  await settle(time);
  const lose = async () => {
    it.state.session++;
    it.notify("notifications/a");
    await settle(time);
    return it.since().filter((each) => each.startsWith("initialize")).length;
  };
  it.since();
  assert.deepEqual([await lose(), await lose(), await lose(), await lose()], [1, 1, 1, 0]);
  assert.match(
    it.logged.join("\n"),
    /the backend has lost the session 3 times within 60 s; the next request begins it again/,
  );
  await time.pass(59_000);
  it.notify("notifications/a");
  await settle(time);
  assert.equal(it.since().filter((each) => each.startsWith("initialize")).length, 0);
  await time.pass(1_000);
  it.notify("notifications/a");
  await settle(time);
  const sent = it.since();
  assert.equal(sent.filter((each) => each.startsWith("initialize")).length, 1, sent.join());
  assert.ok(sent.includes(`notifications/a s${it.state.session}`), "it is sent in the new one");
});

Deno.test("a client is told of changed lists three times a minute, and later of the last", async () => {
  using time = new FakeTime();
  const it = open();
  it.state.capabilities = { tools: { listChanged: true } };
  await it.begin();
  await settle(time);
  it.lines.length = 0;
  for (let count = 0; count < 5; count++) {
    it.state.session++;
    await it.ask("tools/call", undefined, `call ${count}`).done;
  }
  const changes = () => it.messages().filter(({ method }) => method).length;
  assert.equal(changes(), 3);
  await time.pass(59_000);
  assert.equal(changes(), 3);
  await time.pass(1_001);
  assert.equal(changes(), 4);
});

Deno.test("a response of a lost session is not sent in the next one, a notification is", async () => {
  using time = new FakeTime();
  const it = open();
  await it.begin();
  await settle(time);
  it.since();
  it.state.session = 2;
  it.notify("notifications/a");
  await it.era.flushed();
  assert.ok(it.since().includes("notifications/a s2"));
  it.state.session = 3;
  it.notify("notifications/cancelled", { requestId: 1 });
  await it.era.flushed();
  const sent = it.since();
  assert.equal(sent.filter((each) => each.startsWith("notifications/cancelled")).length, 1);
});

Deno.test("a session in which requests are being answered is ended behind the last", async () => {
  using time = new FakeTime();
  const slow = Promise.withResolvers<Response>();
  const it = open(({ message, session }) =>
    message?.id === "slow" && session === "s1" ? slow.promise : undefined
  );
  await it.begin();
  await settle(time);
  const waiting = it.ask("tools/call", undefined, "slow");
  await settle(time);
  it.since();
  it.state.session = 2;
  await it.ask("tools/list").done;
  await settle(time);
  assert.equal(it.since().includes("DELETE s1"), false);
  slow.resolve(jsonResponse({ jsonrpc: "2.0", id: "slow", result: {} }));
  await waiting.done;
  await settle(time);
  assert.deepEqual(it.since(), ["DELETE s1"]);
});

Deno.test("a cancellation goes out in the session, and its request is answered", async () => {
  using time = new FakeTime();
  const it = open(({ message }) =>
    message?.method === "tools/call" ? new Promise<Response>(() => {}) : undefined
  );
  await it.begin();
  const { exchange } = it.ask("tools/call", undefined, 7);
  await settle(time);
  it.since();
  it.era.cancel(
    messageOf({ method: "notifications/cancelled", params: { requestId: 7 } }),
    exchange,
  );
  await time.pass(250);
  await settle(time);
  assert.deepEqual(it.since(), ["notifications/cancelled s1"]);
  await time.pass(2_000);
  await settle(time);
  assert.equal(it.messages().at(-1).error.data.reason, "cancelled");
});

Deno.test("a request that ends while it waits for the session is not sent", async () => {
  const it = open(({ message }) =>
    message?.method === "initialize" ? new Promise<Response>(() => {}) : undefined
  );
  it.ask("initialize");
  const { exchange, done } = it.ask("tools/call");
  exchange.abort(over);
  await assert.rejects(done, over);
  assert.deepEqual(it.since(), ["initialize -"]);
});

Deno.test("an idle session is pinged where that is wanted", async () => {
  using time = new FakeTime();
  for (const [keepAlive, isPinged] of [[1_000, true], [0, false]] as const) {
    const it = open(undefined, { keepAlive });
    await it.begin();
    await settle(time);
    it.since();
    await time.pass(10_000);
    await settle(time);
    assert.equal(it.since().some((each) => each.startsWith("ping")), isPinged);
    await it.era.end(new AbortController().signal);
    await settle(time);
  }
});
