import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { version } from "../../../src/base/version.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createOwnExchange, type Exchange } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import { openBackendSession } from "../../../src/bridge/translation/backend_session.ts";
import { within } from "../../support/within.ts";
import { bytes, errorResponse, notification, request, response, text } from "../message.ts";

/** A session at a backend that does this with requests. */
function setUp(
  answer: (exchange: Exchange) => void | Promise<void>,
  client: { info?: string; capabilities?: string } = {},
) {
  const requests: Exchange[] = [];
  const done: string[] = [];
  const received: [string, Exchange | undefined][] = [];
  const contexts: BridgeContext[] = [];
  const stop = new AbortController();
  const optional = (value: string | undefined) => value === undefined ? undefined : bytes(value);
  const opened = openBackendSession({
    context: {
      stop: stop.signal,
      limits: {},
      toClient: () => {},
      pending: "the client's",
      serverRequests: "the client's",
    } as unknown as BridgeContext,
    createLegacy(context) {
      contexts.push(context);
      return Promise.resolve({
        request(exchange: Exchange) {
          requests.push(exchange);
          return Promise.resolve(answer(exchange));
        },
        send: (message: Message) => void done.push(`send ${text(message)}`),
        cancel: (message: Message, exchange: Exchange) =>
          void done.push(`cancel ${text(message)} ${exchange.request.id}`),
        flushed() {
          done.push("flushed");
          return Promise.resolve();
        },
        end(signal: AbortSignal) {
          done.push(`end ${signal.reason}`);
          return Promise.resolve();
        },
      } as unknown as LegacyEra);
    },
    client: { info: optional(client.info), capabilities: optional(client.capabilities) },
    purpose: "unasked",
    receive: (message, own) => void received.push([text(message), own]),
  });
  return {
    opened: within(opened, { what: "the session" }),
    requests,
    done,
    received,
    contexts,
    stop,
  };
}

const welcome = (exchange: Exchange) =>
  void exchange.answer(response({ capabilities: { tools: { listChanged: true } }, n: 1.5 }));

Deno.test("a session begins with what the client can do, under its name", async () => {
  const it = setUp(welcome, {
    info: `{"name":"c", "v":1.0}`,
    capabilities: `{"roots":{},"n":1.0}`,
  });
  const session = await it.opened;
  assert.equal(
    text(it.requests[0].request),
    `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{},"n":1.0},"clientInfo":{"name":"c", "v":1.0}}}`,
  );
  assert.equal(it.requests[0].purpose, "unasked");
  assert.deepEqual(it.done, [`send {"jsonrpc":"2.0","method":"notifications/initialized"}`]);
  assert.deepEqual(session.capabilities, { tools: { listChanged: true } });
  assert.equal(
    text(session.response),
    text(response({ capabilities: { tools: { listChanged: true } }, n: 1.5 })),
  );
  assert.deepEqual([session.nextId(), session.nextId()], ["2", "3"]);
  const { limits, pending, serverRequests } = it.contexts[0];
  assert.equal(limits, undefined);
  assert.equal(typeof pending, "object");
  assert.equal(typeof serverRequests, "object");
});

Deno.test("a client that says nothing of itself has ours for a name", async () => {
  const it = setUp((exchange) => void exchange.answer(response({})));
  assert.deepEqual((await it.opened).capabilities, {});
  assert.equal(
    text(it.requests[0].request),
    `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"authful-mcp-proxy","version":"${version}"}}}`,
  );
});

Deno.test("the session carries what it is given", async () => {
  const it = setUp(welcome);
  const session = await it.opened;
  it.done.length = 0;
  session.send(notification("n"));
  const exchange = createOwnExchange(request("m", {}, 5), "client");
  session.cancel(notification("c"), exchange);
  await session.flushed();
  await session.end(AbortSignal.abort("now"));
  assert.deepEqual(it.done, [
    `send ${text(notification("n"))}`,
    `cancel ${text(notification("c"))} 5`,
    "flushed",
    "end now",
  ]);
});

Deno.test("what the backend says by itself goes to whoever receives it", async () => {
  const it = setUp(welcome);
  await it.opened;
  const own = createOwnExchange(request("m"), "client");
  it.contexts[0].receive!(notification("a"), own);
  it.contexts[0].toClient(notification("b").bytes);
  assert.deepEqual(it.received, [
    [text(notification("a")), own],
    [text(notification("b")), undefined],
  ]);
});

Deno.test("a request is known by its id as long as it is under way", async () => {
  const ends: PromiseWithResolvers<void>[] = [];
  const it = setUp((exchange) => {
    if (exchange.request.method === "initialize") return welcome(exchange);
    ends.push(Promise.withResolvers());
    return ends.at(-1)!.promise;
  });
  const session = await it.opened;
  const { pending } = it.contexts[0];
  const [one, text, other] = [5, "5", 6].map((id) =>
    createOwnExchange(request("m", {}, id), "client")
  );
  const sent = session.request(one);
  assert.equal(pending.find("5"), one);
  assert.equal(pending.find("5.0"), one);
  assert.equal(pending.find(`"5"`), undefined);
  assert.equal(pending.find("6"), undefined);
  assert.equal(pending.findSimilar(`"5"`), one, "it is the only one of that text");
  assert.equal(pending.findSimilar(`"6"`), undefined);
  session.request(other);
  assert.equal(pending.findSimilar(`"5"`), one);
  const failed = session.request(text);
  assert.equal(pending.findSimilar("5"), undefined, "there are two of that text");
  assert.equal(pending.find(`"5"`), text);
  ends[0].resolve();
  await sent;
  assert.equal(pending.find("5"), undefined);
  ends[2].reject(new Error("down"));
  await assert.rejects(failed, /down/);
  assert.equal(pending.find(`"5"`), undefined);
});

const failure = new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "down" });

for (
  const [what, answer, reason, says] of [
    [
      "an error",
      (exchange) => void exchange.answer(errorResponse({ code: 1, message: "not now" })),
      "session_refused",
      "Backend error: the backend did not begin a session: not now. Fix: look at the backend's log.",
    ],
    [
      "an error without a message",
      (exchange) => void exchange.answer(errorResponse({ code: 1 })),
      "session_refused",
      "Backend error: the backend did not begin a session: no reason. Fix: look at the backend's " +
      "log.",
    ],
    [
      "nothing",
      () => {},
      "session_refused",
      "Backend error: the backend did not begin a session: it gave no answer. Fix: look at the " +
      "backend's log.",
    ],
    ["a failure", (exchange) => exchange.fail(failure), "down", failure.message],
    ["an exception", () => Promise.reject(failure), "down", failure.message],
  ] as [string, (exchange: Exchange) => void | Promise<void>, string, string][]
) {
  Deno.test(`a backend that answers initialize with ${what} begins no session`, async () => {
    const it = setUp(answer);
    await assert.rejects(it.opened, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.deepEqual([error.reason, error.message], [reason, says]);
      return true;
    });
    assert.deepEqual(it.done, []);
  });
}

Deno.test("the end of the bridge ends a session that is about to begin, and none that has begun", async () => {
  const begun = setUp(welcome);
  await begun.opened;
  begun.stop.abort(failure);
  assert.equal(begun.requests[0].signal.aborted, false);
  const it = setUp((exchange) =>
    new Promise((resolve) => exchange.signal.addEventListener("abort", () => resolve()))
  );
  await nextTurn();
  it.stop.abort(failure);
  await assert.rejects(it.opened, failure);
  assert.equal(it.requests[0].signal.reason, failure);
});
