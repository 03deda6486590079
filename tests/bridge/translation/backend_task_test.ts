import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createLog } from "../../../src/base/log.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { BackendSession } from "../../../src/bridge/translation/backend_session.ts";
import { createBackendTask } from "../../../src/bridge/translation/backend_task.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
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

const related = "io.modelcontextprotocol/related-task";

/** A call that becomes a task at a backend that the test plays. */
function setUp({ tasks = { cancel: {} } as unknown } = {}) {
  const sent: Exchange[] = [];
  const said: Value[] = [];
  const cancelled: Value[] = [];
  const leaving: Promise<void>[] = [];
  const logged: string[] = [];
  const answers: string[] = [];
  let ids = 7;
  const task = createBackendTask({
    context: {
      acceptTimeout: 30_000,
      log: createLog({ level: "debug", write: (line) => void logged.push(line) }),
    },
    session: {
      capabilities: { tasks },
      nextId: () => String(++ids),
      request(exchange: Exchange) {
        sent.push(exchange);
        return new Promise<void>((resolve, reject) => {
          exchange.onAnswered = () => resolve();
          exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason));
        });
      },
      send: (message: Message) => void said.push(valueOf(message)),
      cancel(message: Message, exchange: Exchange) {
        cancelled.push(valueOf(message));
        exchange.abort(requestCancelled());
      },
    } as unknown as BackendSession,
    onLeaving: (left) => void leaving.push(left),
  });
  const exchange = createExchange(
    request("tools/call", { name: "t", task: { ttl: 1 } }, 7),
    (line) => void answers.push(text(line)),
  );
  const ended = within(task.session.request(exchange), { what: "the end of the call" });
  ended.catch(() => {});
  /** What the backend is asked, in turn. */
  const asked = () => sent.map(({ request: { method } }) => method);
  /** Answers what was asked last, and lets the next question come. */
  const answer = async (message: Message) => {
    sent.at(-1)!.answer(message);
    await nextTurn();
  };
  return { task, sent, said, cancelled, leaving, logged, answers, exchange, ended, asked, answer };
}

const created = (taskId: unknown = "a") => response({ task: { taskId, status: "working" } }, 7);

Deno.test("a call that becomes a task is answered with its outcome, byte by byte", async () => {
  const it = setUp();
  assert.equal(it.task.isCreated, false);
  assert.deepEqual(JSON.parse(it.task.parameter), { ttl: 3_600_000 });
  assert.equal(text(it.sent[0].request), text(it.exchange.request));
  await it.answer(
    message(`{"jsonrpc":"2.0","id":7,"result":{"task":{"taskId":"\\u00e9/1","status":"working"}}}`),
  );
  assert.equal(it.task.isCreated, true);
  assert.equal(
    text(it.sent[1].request),
    `{"jsonrpc":"2.0","id":8,"method":"tasks/result","params":{"taskId":"\\u00e9/1"}}`,
  );
  await it.answer(message(
    `{"jsonrpc":"2.0","id":8,"result":{"n":12345678901234567890, "f":1.0,"_meta":{"mine":1.0,"${related}":{"taskId":"\\u00e9/1"}}}}`,
  ));
  await it.ended;
  assert.deepEqual(it.answers, [
    `{"jsonrpc":"2.0","id":7,"result":{"n":12345678901234567890,"f":1.0,"_meta":{"mine":1.0}}}`,
  ]);
  assert.deepEqual(it.asked(), ["tools/call", "tasks/result"]);
  assert.deepEqual(it.leaving, []);
});

Deno.test("a task that FastMCP 2 makes is one", async () => {
  const it = setUp();
  await it.answer(
    response({ content: [], _meta: { "modelcontextprotocol.io/task": { taskId: "a" } } }, 7),
  );
  assert.deepEqual(valueOf(it.sent[1].request).params, { taskId: "a" });
  await it.answer(response({ done: true }));
  await it.ended;
  assert.deepEqual(JSON.parse(it.answers[0]).result, { done: true });
});

for (
  const [outcome, answered] of [
    [{ a: 1, _meta: { [related]: { taskId: "a" } } }, { a: 1 }],
    [{ a: 1, _meta: {} }, { a: 1 }],
    [{ a: 1, _meta: 1 }, { a: 1, _meta: 1 }],
    [{ a: 1 }, { a: 1 }],
    [{ content: [], isError: true }, { content: [], isError: true }],
  ]
) {
  Deno.test(`the outcome ${JSON.stringify(outcome)} is told as ${JSON.stringify(answered)}`, async () => {
    const it = setUp();
    await it.answer(created());
    await it.answer(response(outcome));
    await it.ended;
    assert.deepEqual(JSON.parse(it.answers[0]).result, answered);
  });
}

for (
  const answer of [
    response({ content: [] }, 7),
    response({ task: "a" }, 7),
    response([], 7),
    response({ _meta: { "modelcontextprotocol.io/task": { returned_immediately: true } } }, 7),
    errorResponse({ code: -32602, message: "no such tool", task: {} }, 7),
  ]
) {
  Deno.test(`${text(answer)} is no task, but the answer`, async () => {
    const it = setUp();
    await it.answer(answer);
    await it.ended;
    assert.deepEqual(it.answers, [text(answer)]);
    assert.equal(it.task.isCreated, false);
    assert.equal(it.sent.length, 1);
  });
}

for (const taskId of [7, null, undefined, {}]) {
  Deno.test(`a task whose id is ${JSON.stringify(taskId)} is an error of the backend`, async () => {
    const it = setUp();
    await it.answer(response({ task: { taskId, status: "working" } }, 7));
    await assert.rejects(it.ended, {
      reason: "task_without_id",
      message: "Backend error: the backend has made a task of the call of t, but did not say " +
        "which. Fix: look at the backend's log; the call may have been carried out.",
    });
    assert.equal(it.sent.length, 1);
  });
}

const refusal = errorResponse({ code: -32602, message: "Task not completed yet" });

for (
  const [pollInterval, pause] of [
    [undefined, 1_000],
    [2_500, 2_500],
    [1, 100],
    [3_600_000, 30_000],
    ["x", 1_000],
  ] as const
) {
  Deno.test(`a backend that is asked too early is asked again after ${pause} ms, as it says: ${pollInterval}`, async () => {
    using time = new FakeTime();
    const it = setUp();
    const answer = async (message: Message) => {
      it.sent.at(-1)!.answer(message);
      await time.pass(1);
    };
    await answer(created());
    for (const status of ["working", "input_required"]) {
      const { length } = it.sent;
      await answer(refusal);
      assert.equal(it.asked().at(-1), "tasks/get");
      await answer(response({ taskId: "a", status, pollInterval }));
      await time.pass(pause - 3);
      assert.equal(it.sent.length, length + 1);
      await time.pass(3);
      assert.equal(it.asked().at(-1), "tasks/result");
      assert.equal(it.sent.length, length + 2);
    }
    await answer(response({ done: true }));
    await it.ended;
    assert.deepEqual(JSON.parse(it.answers[0]).result, { done: true });
    assert.equal(it.asked().filter((method) => method === "tools/call").length, 1);
  });
}

for (const status of ["completed", "failed", "cancelled", "other", undefined]) {
  Deno.test(`a task that is ${status} is asked for its outcome once more, whatever that is`, async () => {
    for (const outcome of [response({ done: true }), refusal]) {
      const it = setUp();
      await it.answer(created());
      await it.answer(refusal);
      await it.answer(response({ taskId: "a", status }));
      await it.answer(outcome);
      await it.ended;
      assert.deepEqual(it.asked().slice(1), ["tasks/result", "tasks/get", "tasks/result"]);
      assert.deepEqual(
        { ...JSON.parse(it.answers[0]), id: 1 },
        valueOf(outcome),
      );
    }
  });
}

Deno.test("a task of which the backend knows nothing has the answer that it gave first", async () => {
  for (const answer of [errorResponse({ code: -32602, message: "Task not found" }), undefined]) {
    const it = setUp();
    await it.answer(created());
    await it.answer(refusal);
    if (answer) await it.answer(answer);
    else it.sent.at(-1)!.abort(requestCancelled());
    await it.ended;
    assert.equal(JSON.parse(it.answers[0]).error.message, "Task not completed yet");
  }
});

const down = new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "down" });

Deno.test("an answer that is lost on its way is asked for again, as long as the task lasts", async () => {
  using time = new FakeTime();
  const it = setUp();
  const step = async (take: (exchange: Exchange) => unknown) => {
    take(it.sent.at(-1)!);
    await time.pass(1);
  };
  await step((exchange) => exchange.answer(created()));
  await step((exchange) => exchange.abort(down));
  await step((exchange) => exchange.answer(response({ status: "working" })));
  await time.pass(1_000);
  assert.deepEqual(it.asked().slice(1), ["tasks/result", "tasks/get", "tasks/result"]);
  await step((exchange) => exchange.abort(down));
  await step((exchange) => exchange.abort(requestCancelled()));
  await assert.rejects(it.ended, { reason: "down" });
});

Deno.test("a call that fails before it is a task fails", async () => {
  const it = setUp();
  it.sent[0].abort(down);
  await assert.rejects(it.ended, { reason: "down" });
  assert.equal(it.sent.length, 1);
});

Deno.test("what the task asks belongs to it, and is asked and answered as for a plain call", async () => {
  const it = setUp();
  const asking = (taskId: unknown) =>
    request("roots/list", { n: 1, _meta: { other: 1, [related]: { taskId } } });
  assert.equal(it.task.owns(asking("a")), false);
  it.task.session.send(response({ early: true }));
  await it.answer(created());
  assert.equal(it.task.owns(asking("a")), true);
  for (
    const other of [
      asking("b"),
      asking(7),
      request("roots/list"),
      request("roots/list", {}),
      request("roots/list", { _meta: {} }),
      request("roots/list", { _meta: { [related]: {} } }),
    ]
  ) assert.equal(it.task.owns(other), false, text(other));
  assert.deepEqual(valueOf(it.task.plain(asking("a"))).params, { n: 1, _meta: { other: 1 } });
  it.task.session.send(response({ roots: [] }));
  it.task.session.send(response({ roots: [], _meta: { mine: 1 } }));
  it.task.session.send(response({ _meta: 1 }));
  it.task.session.send(errorResponse({ code: 1 }));
  it.task.session.send(notification("notifications/x"));
  const belonging = { [related]: { taskId: "a" } };
  assert.deepEqual(it.said.map(({ result, error, method }) => result ?? error ?? method), [
    { early: true },
    { roots: [], _meta: belonging },
    { roots: [], _meta: { mine: 1, ...belonging } },
    { _meta: belonging },
    { code: 1 },
    "notifications/x",
  ]);
});

Deno.test("a call that is cancelled ends its task, not by a notification", async () => {
  const it = setUp();
  await it.answer(created());
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await assert.rejects(it.ended, { reason: "cancelled" });
  assert.deepEqual(it.cancelled, [{
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 8, reason: "the client has cancelled the call" },
  }]);
  assert.deepEqual(it.asked(), ["tools/call", "tasks/result", "tasks/cancel"]);
  assert.deepEqual(valueOf(it.sent[2].request), {
    jsonrpc: "2.0",
    id: 9,
    method: "tasks/cancel",
    params: { taskId: "a" },
  });
  await it.answer(response({ status: "cancelled" }));
  await Promise.all(it.leaving);
  assert.equal(it.leaving.length, 1);
  assert.deepEqual(it.answers, []);
});

Deno.test("a task that is not known yet is cancelled when it is", async () => {
  const it = setUp();
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await nextTurn();
  assert.deepEqual([it.asked(), it.cancelled], [["tools/call"], []]);
  await it.answer(created());
  await assert.rejects(it.ended, { reason: "cancelled" });
  assert.deepEqual(it.asked(), ["tools/call", "tasks/cancel"]);
  await it.answer(errorResponse({ code: -32602 }));
  await Promise.all(it.leaving);
});

Deno.test("a call that is cancelled and then refused has nothing to cancel", async () => {
  const it = setUp();
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await it.answer(refusal);
  await Promise.all(it.leaving);
  assert.deepEqual(it.asked(), ["tools/call"]);
});

Deno.test("a call that is cancelled before it was sent has nothing to cancel", async () => {
  const it = setUp();
  const other = setUp();
  it.sent[0].abort(down);
  await assert.rejects(it.ended);
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await Promise.all(it.leaving);
  assert.deepEqual([it.asked(), it.cancelled], [["tools/call"], []]);
  other.sent[0].answer(refusal);
});

Deno.test("a backend that does not say within ten seconds what is to be cancelled is not asked any more", async () => {
  using time = new FakeTime();
  const it = setUp();
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await time.pass(9_999);
  assert.equal(it.cancelled.length, 0);
  await time.pass(2);
  await Promise.all(it.leaving);
  assert.deepEqual(it.cancelled.map(({ params }) => params.requestId), [7]);
  await assert.rejects(it.ended, { reason: "cancelled" });
});

Deno.test("a cancellation that the backend does not answer is not waited for for long", async () => {
  using time = new FakeTime();
  const it = setUp();
  it.sent[0].answer(created());
  await time.pass(1);
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await time.pass(10_001);
  await Promise.all(it.leaving);
  assert.match(it.logged.join(""), /a task was not cancelled/);
  assert.equal(it.cancelled.length, 1);
});

Deno.test("where tasks cannot be cancelled only the question for the outcome is", async () => {
  const it = setUp({ tasks: { requests: {} } });
  it.sent[0].answer(created());
  await nextTurn();
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await Promise.all(it.leaving);
  assert.deepEqual(it.asked(), ["tools/call", "tasks/result"]);
  assert.equal(it.cancelled.length, 1);
});

Deno.test("a call that is cancelled between two questions is asked for no more", async () => {
  using time = new FakeTime();
  const it = setUp();
  const answer = async (message: Message) => {
    it.sent.at(-1)!.answer(message);
    await time.pass(1);
  };
  await answer(created());
  await answer(refusal);
  await answer(response({ status: "working" }));
  it.task.session.cancel(notification("notifications/cancelled"), it.exchange);
  await time.pass(1);
  await assert.rejects(it.ended, { reason: "cancelled" });
  assert.deepEqual(it.cancelled, [], "nothing is being asked");
  assert.equal(it.asked().at(-1), "tasks/cancel");
});
