import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { ClientRequestOptions } from "../../../src/bridge/translation/client_requests.ts";
import { awaitTask, withTasks } from "../../../src/bridge/translation/extension_task.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { bytes, errorResponse, message, request, response, text, valueOf } from "../message.ts";

const key = (name: string) => `io.modelcontextprotocol/${name}`;
const tasks = { "io.modelcontextprotocol/tasks": {} };
const created = (more: object = {}) =>
  response({ resultType: "task", taskId: "a", status: "working", ...more });

/** A call that a backend, which the test plays, has made a task of. */
function setUp({ answer = created(), capabilities = `{"roots":{}}` as string | undefined, ask }: {
  answer?: Message;
  capabilities?: string;
  ask?: (options: ClientRequestOptions) => Promise<Message>;
} = {}) {
  const time = new FakeTime();
  const sent: Exchange[] = [];
  const asked: string[] = [];
  const logged: string[] = [];
  const leaving: Promise<void>[] = [];
  const outer = createExchange(request("tools/call", { name: "t" }, 7), () => {});
  outer.sentAt = 5;
  const client = { info: bytes(`{"name":"c"}`), capabilities: capabilities && bytes(capabilities) };
  const outcome = awaitTask(answer, {
    context: {
      acceptTimeout: 30_000,
      log: createLog({ level: "debug", write: (line) => void logged.push(line) }),
    },
    outer,
    client: client as { info: Uint8Array; capabilities: Uint8Array | undefined },
    modern: {
      request(exchange) {
        sent.push(exchange);
        return new Promise<void>((resolve, reject) => {
          exchange.onAnswered = () => resolve();
          exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason));
        });
      },
    },
    questions: {
      ask(method, options) {
        asked.push(method);
        return ask?.(options) ?? Promise.resolve(response({ roots: [], n: asked.length }));
      },
      take: () => false,
      abandon() {},
    },
    onLeaving: (left) => void leaving.push(left),
  });
  outcome.catch(() => {});
  return {
    time,
    sent,
    asked,
    logged,
    leaving,
    outer,
    outcome,
    methods: () => sent.map(({ request }) => request.method),
    params: () => valueOf(sent.at(-1)!.request).params,
    /** Lets the task be asked for after so many milliseconds, and answers. */
    async poll(answer: Message, after = 1_000) {
      const { length } = sent;
      await time.pass(after - 2);
      assert.equal(sent.length, length, "not asked for before");
      await time.pass(3);
      assert.equal(sent.at(-1)!.request.method, "tasks/get");
      sent.at(-1)!.answer(answer);
      await time.pass(1);
    },
    async answer(answer: Message) {
      sent.at(-1)!.answer(answer);
      await time.pass(1);
    },
    [Symbol.dispose]: () => time[Symbol.dispose](),
  };
}

const state = (status: unknown, more: object = {}) =>
  response({ resultType: "complete", taskId: "a", status, ...more });
const wants = (inputRequests: unknown) => state("input_required", { inputRequests });
const roots = { method: "roots/list" };

Deno.test("the outcome of a task is the answer, byte by byte", async () => {
  using it = setUp({
    answer: message(`{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"\\u00e9"}}`),
  });
  await it.poll(state("working"));
  assert.deepEqual(it.params(), {
    taskId: "é",
    _meta: {
      [key("protocolVersion")]: "2026-07-28",
      [key("clientInfo")]: { name: "c" },
      [key("clientCapabilities")]: { roots: {}, extensions: tasks },
    },
  });
  assert.match(text(it.sent[0].request), /"taskId":"\\u00e9"/);
  await it.poll(message(
    `{"jsonrpc":"2.0","id":1,"result":{"status":"completed","result":{"n":12345678901234567890, "f":1.0}}}`,
  ));
  assert.equal(
    text(await it.outcome),
    `{"jsonrpc":"2.0","id":7,"result":{"n":12345678901234567890, "f":1.0}}`,
  );
  assert.equal(new Set(it.sent.map(({ request }) => request.id)).size, 2, "ids of their own");
  assert.deepEqual(it.leaving, []);
});

Deno.test("a task is asked for as often as the backend says, within bounds", async () => {
  using it = setUp({ answer: created({ pollIntervalMs: 2_000 }) });
  await it.poll(state("working", { pollIntervalMs: 1 }), 2_000);
  await it.poll(state("working", { pollIntervalMs: 3_600_000 }), 100);
  await it.poll(state("working"), 30_000);
  await it.poll(state("failed", { error: { code: 5, message: "m" } }));
  assert.deepEqual(valueOf(await it.outcome), {
    jsonrpc: "2.0",
    id: 7,
    error: { code: 5, message: "m" },
  });
});

Deno.test("a task that the backend does not know is answered with its error", async () => {
  using it = setUp();
  await it.poll(errorResponse({ code: -32602, message: "Task not found" }));
  assert.equal(valueOf(await it.outcome).error.message, "Task not found");
  assert.deepEqual(it.leaving, []);
});

for (
  const [given, told] of [
    [state("cancelled"), `"cancelled"`],
    [state("completed"), `"completed"`],
    [state("failed"), `"failed"`],
    [state("other"), `"other"`],
    [state("x".repeat(100)), `"${"x".repeat(63)}`],
    [response({}), "nothing"],
  ] as const
) {
  Deno.test(`a task without result, whose status is ${told}, is an error`, async () => {
    using it = setUp();
    await it.poll(given);
    await assert.rejects(it.outcome, {
      reason: "task_without_result",
      message: "Backend error: the backend carries out the call of t as a task, which has no " +
        `result; its status is ${told}. Fix: check what was done before you try again, and look ` +
        "at the backend's log.",
    });
    assert.deepEqual(it.leaving, []);
  });
}

Deno.test("a task without id is an error", async () => {
  using it = setUp({ answer: created({ taskId: 7 }) });
  await assert.rejects(it.outcome, { reason: "task_without_id" });
});

Deno.test("what a task wants to know is asked of the client once, and told to the task", async () => {
  using it = setUp();
  await it.poll(wants({ a: roots, b: roots }));
  assert.deepEqual(it.asked, ["roots/list", "roots/list"]);
  assert.equal(it.outer.sentAt, 0, "a person thinks while no time of the backend runs");
  assert.equal(it.methods().at(-1), "tasks/update");
  assert.deepEqual(it.params().inputResponses, {
    a: { roots: [], n: 1 },
    b: { roots: [], n: 2 },
  });
  assert.deepEqual(it.params()._meta[key("clientCapabilities")].extensions, tasks);
  await it.answer(response({}));
  // The backend may be slow to see it.
  await it.poll(wants({ a: roots, b: roots }));
  await it.poll(wants({ b: roots, c: roots }));
  assert.equal(it.asked.length, 3);
  assert.deepEqual(it.params().inputResponses, { c: { roots: [], n: 3 } });
  await it.answer(response({}));
  await it.poll(wants(undefined));
  await it.poll(wants([]));
  await it.poll(state("completed", { result: { done: true } }));
  assert.deepEqual(valueOf(await it.outcome).result, { done: true });
});

Deno.test("the client's error ends the call and its task", async () => {
  using it = setUp({ ask: () => Promise.resolve(errorResponse({ code: 3, message: "no" })) });
  await it.poll(wants({ a: roots }));
  assert.deepEqual(valueOf(await it.outcome), {
    jsonrpc: "2.0",
    id: 7,
    error: { code: 3, message: "no" },
  });
  assert.deepEqual(it.methods(), ["tasks/get", "tasks/cancel"]);
  assert.equal(it.params().taskId, "a");
  assert.deepEqual(it.params()._meta[key("clientCapabilities")].extensions, tasks);
  await it.answer(response({}));
  await Promise.all(it.leaving);
  assert.equal(it.leaving.length, 1);
});

Deno.test("an answer that the backend refuses ends the call and its task", async () => {
  using it = setUp();
  await it.poll(wants({ a: roots }));
  await it.answer(errorResponse({ code: 4 }));
  assert.equal(valueOf(await it.outcome).error.code, 4);
  assert.equal(it.methods().at(-1), "tasks/cancel");
});

Deno.test("a task that wants what the client has not declared is cancelled", async () => {
  using it = setUp({ capabilities: "{}" });
  await it.poll(wants({ a: roots }));
  await assert.rejects(it.outcome, { reason: "input_not_possible" });
  assert.deepEqual(it.methods(), ["tasks/get", "tasks/cancel"]);
});

Deno.test("a task that never knows enough is cancelled", async () => {
  using it = setUp();
  for (let n = 1; n <= 64; n++) {
    await it.poll(wants({ [`a${n}`]: roots }));
    await it.answer(response({}));
  }
  await it.poll(wants({ last: roots }));
  await assert.rejects(it.outcome, {
    reason: "input_without_end",
    message: /in more than 64 rounds/,
  });
  assert.equal(it.methods().at(-1), "tasks/cancel");
});

Deno.test("a call that is cancelled cancels its task, wherever it is", async () => {
  for (const passed of [10, 1_001]) {
    using it = setUp();
    await it.time.pass(passed);
    it.outer.abort(requestCancelled());
    await it.time.pass(1);
    await assert.rejects(it.outcome, { reason: "cancelled" });
    assert.equal(it.methods().at(-1), "tasks/cancel");
    await it.answer(response({}));
    await Promise.all(it.leaving);
  }
  using asking = setUp({
    ask: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  await asking.poll(wants({ a: roots }));
  asking.outer.abort(requestCancelled());
  await asking.time.pass(1);
  await assert.rejects(asking.outcome, { reason: "cancelled" });
  assert.deepEqual(asking.methods(), ["tasks/get", "tasks/cancel"]);
});

Deno.test("a cancellation that is not answered is waited for for ten seconds", async () => {
  using it = setUp();
  it.outer.abort(requestCancelled());
  await it.time.pass(1);
  let isOver = false;
  Promise.all(it.leaving).then(() => isOver = true);
  await it.time.pass(9_990);
  assert.equal(isOver, false);
  await it.time.pass(20);
  assert.equal(isOver, true);
  assert.match(it.logged.join(""), /a task was not cancelled/);
});

Deno.test("a backend that cannot be reached any more leaves the task alone", async () => {
  using it = setUp();
  await it.time.pass(1_001);
  it.sent[0].abort(
    new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "down" }),
  );
  await it.time.pass(1);
  await assert.rejects(it.outcome, { reason: "down" });
  assert.deepEqual([it.methods(), it.leaving], [["tasks/get"], []]);
});

for (
  const [capabilities, declared] of [
    [undefined, `{"extensions":{"io.modelcontextprotocol/tasks":{}}}`],
    [
      `{"roots":{"n":1.0}}`,
      `{"roots":{"n":1.0},"extensions":{"io.modelcontextprotocol/tasks":{}}}`,
    ],
    [
      `{"extensions":{"x/y":{"n":1.0}}}`,
      `{"extensions":{"x/y":{"n":1.0},"io.modelcontextprotocol/tasks":{}}}`,
    ],
  ]
) {
  Deno.test(`${capabilities} with tasks are ${declared}`, () => {
    const call = request("tools/call", {
      name: "t",
      _meta: { mine: 1, [key("clientCapabilities")]: {} },
    });
    const changed = withTasks(call, {
      info: undefined,
      capabilities: capabilities === undefined ? undefined : bytes(capabilities),
    });
    assert.ok(text(changed).includes(`"${key("clientCapabilities")}":${declared}`), text(changed));
    assert.equal(valueOf(changed).params._meta.mine, 1);
    assert.match(changed.id, /^"authful-mcp-proxy-task-\d+"$/);
  });
}
