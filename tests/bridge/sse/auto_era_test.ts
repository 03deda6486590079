import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createExchange, type Exchange } from "../../../src/bridge/exchange.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { createAutoEra } from "../../../src/bridge/sse/auto_era.ts";
import { type Answer, createParts, messageOf, openBody, textOf } from "../bridge_parts.ts";

const failure = (reason: string, httpStatus?: number) =>
  new ProxyError({ category: "Backend error", what: "no", fix: "yes", reason, httpStatus });
const result = messageOf({ id: 1, result: {} });
const turns = async () => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
};

/** An era that does what the test says, and what it was given. */
function eraOf(
  name: string,
  events: string[],
  request: (exchange: Exchange) => Promise<void>,
): LegacyEra {
  return {
    request(exchange) {
      events.push(`${name} ${exchange.request.method}`);
      return request(exchange);
    },
    send: (message: Message) => void events.push(`${name} send ${message.method || message.kind}`),
    cancel: (message) => void events.push(`${name} cancel ${message.method}`),
    flushed: () => Promise.resolve(void events.push(`${name} flushed`)),
    end: () => Promise.resolve(void events.push(`${name} end`)),
  };
}

function open(
  request: (exchange: Exchange) => Promise<void>,
  sse: Answer = () => new Response(null, { status: 404 }),
) {
  const parts = createParts(sse, { retryWindow: 0 });
  const events: string[] = [];
  const lines: string[] = [];
  const era = createAutoEra({
    context: parts.context,
    streamable: eraOf("http", events, request),
    onChosen: () => void events.push("chosen"),
  });
  const ask = (method: string) => {
    const exchange = createExchange(messageOf({ id: 1, method }), (it) => lines.push(textOf(it)));
    const done = era.request(exchange);
    done.catch(() => {});
    return { exchange, done };
  };
  return { ...parts, era, events, lines, ask };
}

const answer = (exchange: Exchange) => Promise.resolve(void exchange.answer(result));

Deno.test("a backend that answers speaks Streamable HTTP, and is asked directly from then on", async () => {
  const { ask, events, lines, era } = open(answer);
  await ask("initialize").done;
  await ask("tools/list").done;
  era.send(messageOf({ method: "notifications/a" }));
  era.cancel(messageOf({ method: "notifications/cancelled" }), ask("x").exchange);
  await era.flushed();
  await era.end(new AbortController().signal);
  assert.deepEqual(events, [
    "http initialize",
    "chosen",
    "http tools/list",
    "http send notifications/a",
    "http x",
    "http cancel notifications/cancelled",
    "http flushed",
    "http end",
  ]);
  assert.equal(lines.length, 3);
});

Deno.test("what does not speak of the transport is the answer", async () => {
  const rows: unknown[] = [
    failure("http_401", 401),
    failure("http_406", 406),
    failure("http_500", 500),
    failure("backend_unreachable"),
    failure("session_lost", 404),
    new Error("a defect"),
  ];
  for (const error of rows) {
    const { ask, sent } = open(() => Promise.reject(error));
    await assert.rejects(ask("initialize").done, error as Error);
    assert.equal(sent.length, 0, `${error}`);
  }
});

Deno.test("a backend that does not know the transport is asked for HTTP+SSE", async () => {
  for (const status of [400, 404, 405]) {
    const error = failure(`http_${status}`, status);
    const { ask, sent, events } = open(() => Promise.reject(error));
    // One that does not speak it either is described by its first answer.
    await assert.rejects(ask("initialize").done, error);
    assert.deepEqual(sent.map(({ method }) => method), ["GET"]);
    assert.deepEqual(events, ["http initialize"]);
  }
});

Deno.test("a backend of HTTP+SSE is spoken to so from then on", async () => {
  const stream = openBody();
  const error = failure("http_405", 405);
  const { ask, sent, events, logged, lines, era } = open(
    () => Promise.reject(error),
    ({ method, body }) => {
      if (method === "GET") {
        stream.write("event: endpoint\ndata: /messages\n\n");
        return new Response(stream.body, { headers: { "content-type": "text/event-stream" } });
      }
      const { id } = JSON.parse(textOf(body!));
      if (id) stream.write(`data: {"jsonrpc":"2.0","id":${id},"result":{}}\n\n`);
      return new Response(null, { status: 202 });
    },
  );
  const first = ask("initialize");
  const waiting = ask("tools/list");
  era.send(messageOf({ method: "notifications/a" }));
  await first.done;
  await waiting.done;
  await turns();
  assert.deepEqual(events, ["http initialize", "chosen"]);
  assert.deepEqual(logged, ["info: the backend speaks the deprecated HTTP+SSE transport"]);
  assert.equal(lines.length, 2);
  assert.deepEqual(
    sent.slice(0, 2).map(({ method, url }) => [method, url?.pathname]),
    [["GET", undefined], ["POST", "/messages"]],
  );
  assert.deepEqual(
    sent.slice(2).map(({ body }) => JSON.parse(textOf(body!)).method).sort(),
    ["notifications/a", "tools/list"],
  );
  await era.end(new AbortController().signal);
});

/** An era whose first request is answered when the test says so. */
function undecided() {
  const outcomes: PromiseWithResolvers<void>[] = [];
  const opened = open((exchange) => {
    const outcome = Promise.withResolvers<void>();
    outcomes.push(outcome);
    return outcome.promise.then(() => void exchange.answer(result));
  });
  return { ...opened, outcomes };
}

Deno.test("while it is not decided, requests and notifications wait, responses do not", async () => {
  const { ask, era, events, outcomes } = undecided();
  ask("initialize");
  ask("tools/list");
  era.send(messageOf({ method: "notifications/a" }));
  era.send(result);
  const flushed = era.flushed();
  await turns();
  assert.deepEqual(events, ["http initialize", "http send response"]);
  outcomes[0]!.resolve();
  await turns();
  assert.deepEqual(events.slice(2).sort(), [
    "chosen",
    "http flushed",
    "http send notifications/a",
    "http tools/list",
  ]);
  await flushed;
});

Deno.test("what nobody has begun to decide is not waited for", async () => {
  const { era, events } = open(answer);
  era.send(messageOf({ method: "notifications/a" }));
  await era.flushed();
  await era.end(new AbortController().signal);
  assert.deepEqual(events, ["http send notifications/a", "http flushed", "http end"]);
});

Deno.test("what begins a session waits for no other request, but for another beginning", async () => {
  const { ask, events, outcomes } = undecided();
  ask("tools/list");
  ask("initialize");
  ask("initialize");
  await turns();
  assert.deepEqual(events, ["http tools/list", "http initialize"]);
  outcomes[1]!.resolve();
  await turns();
  assert.deepEqual(events, ["http tools/list", "http initialize", "chosen", "http initialize"]);
  outcomes[0]!.resolve();
  await turns();
  assert.equal(events.filter((event) => event === "chosen").length, 1);
});

Deno.test("who waits for a request that fails tries it out in its turn", async () => {
  const { ask, events, outcomes } = undecided();
  const first = ask("tools/list");
  const second = ask("prompts/list");
  await turns();
  outcomes[0]!.reject(failure("backend_busy"));
  await assert.rejects(first.done, { reason: "backend_busy" });
  await turns();
  assert.deepEqual(events, ["http tools/list", "http prompts/list"]);
  outcomes[1]!.resolve();
  await second.done;
});

Deno.test("a backend that cannot be reached is waited for once", async () => {
  const { ask, events, outcomes } = undecided();
  const [first, second] = [ask("tools/list"), ask("prompts/list")];
  await turns();
  const error = failure("backend_unreachable");
  outcomes[0]!.reject(error);
  await assert.rejects(first.done, error);
  await assert.rejects(second.done, error);
  assert.deepEqual(events, ["http tools/list"]);
  const third = ask("ping");
  await turns();
  assert.deepEqual(events, ["http tools/list", "http ping"], "it is tried out anew");
  outcomes[1]!.resolve();
  await third.done;
});

Deno.test("a request that ends without an answer decides nothing, and is waited for no more", async () => {
  const { ask, events } = open(() => Promise.resolve());
  await ask("tools/list").done;
  await ask("prompts/list").done;
  assert.deepEqual(events, ["http tools/list", "http prompts/list"]);
});
