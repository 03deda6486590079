import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import type { Exchange } from "../../../src/bridge/exchange.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import type { AnswerKey, BackendMemory } from "../../../src/bridge/start/backend_memory.ts";
import { createListCheck } from "../../../src/bridge/start/list_check.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { bytes, errorResponse, response, text } from "../message.ts";

const tools = { era: "legacy", method: "tools/list" } as const;

/** A check at a backend that does this with what it is asked. */
function setUp(answer: (exchange: Exchange) => void | Promise<void>) {
  const asked: Exchange[] = [];
  const noted: [AnswerKey, string][] = [];
  const changed: string[] = [];
  const stop = new AbortController();
  const memory = {
    note: (key: AnswerKey, result: Uint8Array) => void noted.push([key, text(result)]),
  } as BackendMemory;
  const check = createListCheck({
    context: {
      log: createLog({ level: "error" }),
      stop: stop.signal,
      acceptTimeout: 30_000,
    } as BridgeContext,
    memory,
    era: () =>
      ({
        request(exchange: Exchange) {
          asked.push(exchange);
          return Promise.resolve(answer(exchange));
        },
      }) as LegacyEra,
  });
  return {
    asked,
    noted,
    changed,
    stop,
    check,
    async run() {
      check.check((areas) => void changed.push(...areas));
      await nextTurn();
    },
  };
}

Deno.test("a list that is another one now is announced and remembered, an equal one only remembered", async () => {
  const it = setUp((exchange) => void exchange.answer(response({ list: exchange.request.method })));
  it.check.given(tools, bytes(`{"list":"tools/list"}`));
  it.check.given({ ...tools, cursor: "2" }, bytes(`{"list":"tools/LIST"}`));
  it.check.given({ era: "legacy", method: "resources/templates/list" }, bytes(`{"list":"other"}`));
  it.check.given({ era: "legacy", method: "prompts/list" }, bytes(`{"list":"prompts/list"}`));
  await it.run();
  assert.deepEqual(it.changed, ["tools", "resources"]);
  assert.deepEqual(it.asked.map(({ request, purpose }) => [text(request), purpose]), [
    [`{"jsonrpc":"2.0","id":"authful-mcp-proxy-list-1","method":"tools/list"}`, "unasked"],
    [
      `{"jsonrpc":"2.0","id":"authful-mcp-proxy-list-2","method":"tools/list","params":{"cursor":"2"}}`,
      "unasked",
    ],
    [
      `{"jsonrpc":"2.0","id":"authful-mcp-proxy-list-3","method":"resources/templates/list"}`,
      "unasked",
    ],
    [`{"jsonrpc":"2.0","id":"authful-mcp-proxy-list-4","method":"prompts/list"}`, "unasked"],
  ]);
  assert.deepEqual(it.noted[1], [
    { era: "legacy", method: "tools/list", cursor: "2" },
    `{"list":"tools/list"}`,
  ]);
  assert.equal(it.noted.length, 4);
  await it.run();
  assert.equal(it.asked.length, 4, "each is checked once");
});

for (
  const [what, answer, expected] of [
    ["an error", (exchange: Exchange) => void exchange.answer(errorResponse({ a: 1 })), ["tools"]],
    ["a longer list", (exchange: Exchange) => void exchange.answer(response({ a: 12 })), ["tools"]],
    ["the same", (exchange: Exchange) => void exchange.answer(response({ a: 1 })), []],
    ["no answer", () => {}, []],
    ["a failure", () => Promise.reject(new Error("down")), []],
  ] as const
) {
  Deno.test(`${what} in place of a list that was given: announced are ${expected}`, async () => {
    const it = setUp(answer);
    it.check.given(tools, bytes(`{"a":1}`));
    await it.run();
    assert.deepEqual(it.changed, expected);
  });
}

Deno.test("a list that was given twice is checked once, against what was given last", async () => {
  const it = setUp((exchange) => void exchange.answer(response(2)));
  it.check.given(tools, bytes("1"));
  it.check.given(tools, bytes("2"));
  await it.run();
  assert.deepEqual([it.asked.length, it.changed.length], [1, 0]);
});

Deno.test("the beginning of what was given is not the same", async () => {
  const it = setUp((exchange) => void exchange.answer(response(1)));
  it.check.given(tools, bytes("12"));
  await it.run();
  assert.deepEqual(it.changed, ["tools"]);
});

Deno.test("what is forgotten is not checked", async () => {
  const it = setUp(() => {});
  it.check.given(tools, bytes("1"));
  it.check.forget();
  await it.run();
  assert.equal(it.asked.length, 0);
});

Deno.test("a check that is not answered in time is given up, one that is over is not", async () => {
  using time = new FakeTime();
  const it = setUp((exchange) =>
    exchange.request.id.includes("list-1") ? new Promise(() => {}) : undefined
  );
  it.check.given(tools, bytes("1"));
  it.check.given({ ...tools, cursor: "2" }, bytes("1"));
  it.check.check(() => {});
  await time.pass(29_999);
  const [waiting, over] = it.asked;
  assert.equal(waiting.signal.aborted, false);
  await time.pass(1);
  assert.equal(
    waiting.signal.reason.message,
    "Backend error: the backend did not answer tools/list within 30 s. Fix: look at the backend's log.",
  );
  assert.equal(waiting.signal.reason.reason, "no_answer");
  assert.equal(over.signal.aborted, false);
});

Deno.test("the end of the bridge ends a check that is under way, and none that is over", async () => {
  const it = setUp((exchange) =>
    exchange.request.id.includes("list-1") ? new Promise(() => {}) : undefined
  );
  it.check.given(tools, bytes("1"));
  it.check.given({ ...tools, cursor: "2" }, bytes("1"));
  await it.run();
  it.stop.abort(new Error("the end"));
  const [waiting, over] = it.asked;
  assert.equal(waiting.signal.aborted, true);
  assert.match(String(waiting.signal.reason), /the end/);
  assert.equal(over.signal.aborted, false);
});
