import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import type { BridgeContext } from "../../src/bridge/bridge_context.ts";
import type { Exchange } from "../../src/bridge/exchange.ts";
import { fromClient, type FromClientOptions } from "../../src/bridge/from_client.ts";
import type { Message } from "../../src/bridge/jsonrpc/scan_message.ts";
import { createRequestLimits } from "../../src/bridge/request_limits.ts";
import { createToolFilter } from "../../src/bridge/tool_filter.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { createParts, messageOf, textOf } from "./bridge_parts.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const json = (value: Record<string, unknown>) => JSON.stringify({ jsonrpc: "2.0", ...value });
const modernMeta = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };
const turn = async () => {
  for (let count = 0; count < 20; count++) await Promise.resolve();
};

const failure = (more: { httpStatus?: number } = {}) =>
  new ProxyError({
    category: "Backend error",
    what: "it failed",
    fix: "mend it",
    reason: "x",
    ...more,
  });

/** A client, and eras that do what the test says. */
function open(
  { request, overrides, ...options }: Partial<FromClientOptions> & {
    request?: (exchange: Exchange) => Promise<void> | void;
    overrides?: Partial<BridgeContext>;
  } = {},
) {
  const parts = createParts(undefined, overrides);
  const events: string[] = [];
  const era = (name: string) => ({
    async request(exchange: Exchange) {
      events.push(`${name}: ${textOf(exchange.request.bytes)}`);
      await request?.(exchange);
    },
    send: (message: Message) => void events.push(`${name} send: ${textOf(message.bytes)}`),
    cancel(message: Message, exchange: Exchange) {
      events.push(`${name} cancel ${exchange.request.id}: ${textOf(message.bytes)}`);
    },
    flushed: () => Promise.resolve(),
    end: () => Promise.resolve(),
  });
  const carriers: FromClientOptions = {
    context: parts.context,
    legacy: era("legacy"),
    modern: era("modern"),
    ...options,
  };
  return {
    ...parts,
    events,
    async write(value: Record<string, unknown> | string) {
      fromClient(bytes(typeof value === "string" ? value : json(value)), carriers);
      await turn();
    },
  };
}

const answered = (exchange: Exchange) => void exchange.answer(messageOf({ id: 1, result: {} }));

Deno.test("messages go to the era that they are of", async () => {
  const { write, events } = open({ request: answered });
  const texts = [
    { id: 1, method: "ping" },
    { id: 2, method: "ping", params: modernMeta },
    { method: "notifications/a" },
    { method: "notifications/b", params: modernMeta },
    { id: 3, result: {} },
  ];
  for (const text of texts) await write(text);
  const [a, b, c, d, e] = texts.map(json);
  assert.deepEqual(events, [
    `legacy: ${a}`,
    `modern: ${b}`,
    `legacy send: ${c}`,
    `modern send: ${d}`,
    `legacy send: ${e}`,
  ]);
});

Deno.test("what is declared is added to requests, and to nothing else", async () => {
  const { write, events } = open({
    request: answered,
    declare: ({ id }) => messageOf({ id: JSON.parse(id), method: "declared" }),
  });
  await write({ id: 1, method: "ping" });
  await write({ method: "notifications/a" });
  assert.deepEqual(events, [
    `legacy: ${json({ id: 1, method: "declared" })}`,
    `legacy send: ${json({ method: "notifications/a" })}`,
  ]);
});

Deno.test("what is no message is answered as JSON-RPC says", async () => {
  const parseError = /^\{"jsonrpc":"2.0","id":null,"error":\{"code":-32700,/;
  const invalid = /^\{"jsonrpc":"2.0","id":null,"error":\{"code":-32600,/;
  const { write, lines, events } = open({ request: answered });
  await write("{");
  await write("7");
  await write(`[${json({ id: 1, method: "ping" })},[1,[2]],7]`);
  const expected = [parseError, invalid, invalid, invalid];
  const errors = lines.filter((line) => line.includes('"error"'));
  assert.equal(errors.length, expected.length);
  for (const [at, pattern] of expected.entries()) assert.match(errors[at]!, pattern);
  assert.equal(events.length, 1);
  assert.equal(lines.length, 5, "the request of the batch is answered");
});

Deno.test("a request that fails is answered with that, and the log says so", async () => {
  const { write, messages, logged, context } = open({ request: () => Promise.reject(failure()) });
  await write({ id: 1, method: "tools/call" });
  assert.equal(messages()[0].error.message, "Backend error: it failed. Fix: mend it.");
  assert.deepEqual(logged, ["error: tools/call failed: Backend error: it failed. Fix: mend it."]);
  assert.equal(context.pending.size, 0);
});

Deno.test("a failure behind the answer is told to nobody", async () => {
  const { write, messages, logged } = open({
    request(exchange) {
      answered(exchange);
      throw failure();
    },
  });
  await write({ id: 1, method: "tools/call" });
  assert.deepEqual(messages().map(({ result }) => result), [{}]);
  assert.deepEqual(logged, []);
});

Deno.test("a request that is left without an answer has one all the same", async () => {
  const { write, messages } = open();
  await write({ id: 1, method: "tools/call" });
  assert.equal(
    messages()[0].error.message,
    "Internal error: the request was left without an answer. Fix: run again with --debug and " +
      "report what it prints.",
  );
});

Deno.test("a request that was cancelled is answered so, whatever it failed with", async () => {
  const { write, messages, logged } = open({
    request(exchange) {
      exchange.isCancelled = true;
      throw failure();
    },
  });
  await write({ id: 1, method: "tools/call" });
  assert.equal(messages()[0].error.data.reason, "cancelled");
  assert.deepEqual(logged, []);
});

Deno.test("that a backend refuses a mere question is no error in the log", async () => {
  const rows: [method: string, status: number | undefined, isError: boolean][] = [
    ["server/discover", 399, true],
    ["server/discover", 400, false],
    ["server/discover", 499, false],
    ["server/discover", 500, true],
    ["server/discover", undefined, true],
    ["tools/list", 404, true],
  ];
  for (const [method, httpStatus, isError] of rows) {
    const { write, messages, logged } = open({
      request: () => Promise.reject(failure({ httpStatus })),
    });
    await write({ id: 1, method });
    assert.equal(logged.length, isError ? 1 : 0, `${method} ${httpStatus}`);
    assert.equal(messages().length, 1);
  }
});

Deno.test("what is done is aborted with the bridge no more, what is not is", async () => {
  const running = Promise.withResolvers<void>();
  const { write, context, lines } = open({ request: () => running.promise });
  await write({ id: 1, method: "tools/call" });
  const exchange = context.pending.find("1")!;
  exchange.answer(messageOf({ id: 1, result: {} }));
  running.resolve();
  await turn();
  context.pending.abort(() => failure());
  assert.equal(exchange.signal.aborted, false);
  assert.equal(lines.length, 1);
});

const tools = createToolFilter({ allow: [], ignore: ["b*"] })!;

Deno.test("a tool that is not allowed is not called, unless it is our own", async () => {
  for (
    const [params, isOwnTool, isCalled] of [
      [{ name: "a" }, undefined, true],
      [{ name: "b" }, undefined, false],
      [{ name: "b" }, (name: string) => name === "b", true],
      [{ name: "bb" }, (name: string) => name === "b", false],
      [{}, undefined, true],
    ] as const
  ) {
    const { write, messages, events } = open({ request: answered, tools, isOwnTool });
    await write({ id: 1, method: "tools/call", params });
    assert.equal(events.length, isCalled ? 1 : 0, JSON.stringify(params));
    assert.equal(messages()[0].error?.data.reason, isCalled ? undefined : "tool_blocked");
  }
  const allowsNothing = open({ tools: createToolFilter({ allow: ["a"], ignore: [] })! });
  await allowsNothing.write({ id: 1, method: "tools/call", params: {} });
  assert.equal(allowsNothing.messages()[0].error.data.reason, "tool_blocked");
  assert.match(allowsNothing.messages()[0].error.message, /the tool  ?is blocked/);
});

Deno.test("a list of tools is filtered, another list is not", async () => {
  const list = [{ name: "a" }, { name: "b" }, { name: "bb" }, { name: 7 }, null];
  const request = (exchange: Exchange) =>
    void exchange.answer(messageOf({ id: 1, result: { tools: list } }));
  const { write, messages } = open({ request, tools, isOwnTool: (name) => name === "bb" });
  await write({ id: 1, method: "tools/list" });
  await write({ id: 2, method: "prompts/list" });
  assert.deepEqual(messages().map(({ result }) => result.tools), [
    [{ name: "a" }, { name: "bb" }, { name: 7 }, null],
    list,
  ]);
  const only = open({ request, tools: createToolFilter({ allow: ["7"], ignore: [] })! });
  await only.write({ id: 1, method: "tools/list" });
  assert.deepEqual(only.messages()[0].result.tools, [{ name: 7 }]);
});

Deno.test("a cancellation goes with its request", async () => {
  const cancel = (requestId: unknown, more = {}) => ({
    method: "notifications/cancelled",
    params: { requestId, ...more },
  });
  const never = () => new Promise<void>(() => {});
  const { write, events, messages, context } = open({ request: never });
  await write({ id: 1, method: "tools/call" });
  await write({ id: 2, method: "tools/call", params: modernMeta });
  events.length = 0;
  const modern = context.pending.find("2")!;
  await write(cancel(1));
  await write(cancel(2));
  await write(cancel(3));
  await write(cancel(4, modernMeta));
  await write({ method: "notifications/cancelled", params: modernMeta });
  await write({ method: "notifications/other", params: { requestId: 1 } });
  assert.deepEqual(events, [
    `legacy cancel 1: ${json(cancel(1))}`,
    `legacy send: ${json(cancel(3))}`,
    `modern send: ${json({ method: "notifications/cancelled", params: modernMeta })}`,
    `legacy send: ${json({ method: "notifications/other", params: { requestId: 1 } })}`,
  ]);
  assert.equal(modern.signal.reason.reason, "cancelled");
  assert.deepEqual(messages().map(({ id, error }) => [id, error.data.reason]), [[2, "cancelled"]]);
});

Deno.test("a request that takes too long is answered, and the backend told as its era says", async () => {
  for (
    const [request, isAborted, isCancelled] of [
      [{ id: 1, method: "tools/call" }, false, true],
      [{ id: 1, method: "initialize" }, true, false],
      [{ id: 1, method: "tools/call", params: modernMeta }, true, false],
    ] as const
  ) {
    using time = new FakeTime();
    const exchanges: Exchange[] = [];
    const { write, events, messages, logged } = open({
      request(exchange) {
        exchanges.push(exchange);
        exchange.sentAt = performance.now();
        return new Promise(() => {});
      },
      overrides: { limits: createRequestLimits(1_000) },
    });
    await write(request);
    await time.pass(1_000);
    assert.equal(messages()[0].error.data.reason, "request_timeout");
    assert.match(logged.join(), /^error: Backend error: no answer to \S+ within 1 s/);
    assert.equal(exchanges[0]!.signal.aborted, isAborted);
    assert.deepEqual(
      events.slice(1),
      isCancelled
        ? [
          `legacy cancel 1: ${
            json({
              method: "notifications/cancelled",
              params: { requestId: 1, reason: "the request took too long" },
            })
          }`,
        ]
        : [],
    );
  }
});

Deno.test("the time of a request ends with it", async () => {
  using time = new FakeTime();
  const { write } = open({
    request: answered,
    overrides: { limits: createRequestLimits(1_000) },
  });
  await write({ id: 1, method: "tools/call" });
  await time.pass(0);
  assert.equal(time.isAwaited, false);
});
