import assert from "node:assert/strict";
import { type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { until } from "../../support/until.ts";
import { errorResponse, notification, request, response, valueOf } from "../message.ts";
import { type Answer, key, params, setUp } from "./translated_sessions.ts";

const related = "io.modelcontextprotocol/related-task";
const taskSession = {
  begin: () =>
    response({ capabilities: { tasks: { cancel: {}, requests: { tools: { call: {} } } } } }),
};
const taskList = response({ tools: [{ name: "t", execution: { taskSupport: "required" } }] });

const elicitations = [{ mode: "url", url: "https://x.test/" }];
const visiting = { code: -32042, message: "m", data: { elicitations } };

/** Answers what is asked of the list and of the first step of a task; the rest stays open. */
const makingTasks: Answer = ({ request: message }) => {
  const { method, params } = valueOf(message);
  if (method === "tools/list") return taskList;
  if (params.task) return response({ task: { taskId: "a", status: "working" } });
  return method === "tasks/cancel" ? response({}) : undefined;
};

const methodsOf = ({ requests }: { requests: readonly Exchange[] }) =>
  requests.map(({ request }) => request.method);

Deno.test("a call of a tool that is offered as a task only becomes one, others do not", async () => {
  const it = setUp({
    ...taskSession,
    answer: (exchange, session) =>
      makingTasks(exchange, session) ??
        (exchange.request.taskId === undefined ? response({ plain: true }) : undefined),
  });
  const call = await it.waiting(params({ name: "t", task: { ttl: 1 }, arguments: { task: 1 } }));
  await until(() => it.sessions[0].requests.length === 3, "the question for the outcome");
  const [session] = it.sessions;
  assert.deepEqual(methodsOf(session), ["tools/list", "tools/call", "tasks/result"]);
  assert.deepEqual(valueOf(session.requests[1].request).params, {
    name: "t",
    arguments: { task: 1 },
    task: { ttl: 3_600_000 },
  });
  session.requests[2].answer(response({ done: true, _meta: { [related]: { taskId: "a" } } }));
  await call.ended;
  assert.deepEqual(call.answers[0].result, { done: true, resultType: "complete" });

  await it.request("tools/call", params({ name: "other", task: {} }));
  assert.deepEqual(valueOf(session.requests[3].request).params, { name: "other" });
  session.says(notification("notifications/tools/list_changed"));
  await it.request("prompts/get", params({ name: "t" }));
  await it.request("tools/call", params({ name: "other" }));
  assert.deepEqual(methodsOf(session).slice(4), ["prompts/get", "tools/list", "tools/call"]);
});

Deno.test("a backend without tasks is not asked which tools want one", async () => {
  const it = setUp({ begin: () => response({ capabilities: { tasks: { list: {} }, tools: {} } }) });
  await it.request("tools/call", params({ name: "t" }));
  assert.deepEqual(methodsOf(it.sessions[0]), ["tools/call"]);
  const other = setUp(taskSession);
  await other.request("tools/call", params({ name: 7 }));
  assert.deepEqual(methodsOf(other.sessions[0]), ["tools/call"]);
});

Deno.test("what a task asks belongs to its call, wherever it comes", async () => {
  const it = setUp({ ...taskSession, answer: makingTasks });
  const plain = await it.waiting(params({ name: "other" }));
  const call = await it.waiting(params({ name: "t" }), { id: 2 });
  await until(() => methodsOf(it.sessions[0]).includes("tasks/result"), "the task");
  const [session] = it.sessions;
  const outcome = session.requests.find(({ request: { method } }) => method === "tasks/result")!;
  session.says(request("roots/list", { _meta: { [related]: { taskId: "a" } } }, 50));
  session.says(request("roots/list", {}, 51), outcome);
  await call.ended;
  const { requestState, inputRequests } = call.answers[0].result;
  assert.deepEqual(Object.values(inputRequests), [
    { method: "roots/list", params: {} },
    { method: "roots/list", params: {} },
  ]);
  assert.deepEqual(plain.answers, []);
  const keys = Object.keys(inputRequests);
  const inputResponses = Object.fromEntries(keys.map((key) => [key, { roots: [] }]));
  const again = await it.waiting(params({ requestState, inputResponses }), { id: 3 });
  assert.deepEqual(session.done.slice(1).map(({ id, result }) => [id, result]), [
    [50, { roots: [], _meta: { [related]: { taskId: "a" } } }],
    [51, { roots: [], _meta: { [related]: { taskId: "a" } } }],
  ]);
  outcome.answer(response({ done: true }));
  await again.ended;
  assert.deepEqual(again.answers[0].result, { done: true, resultType: "complete" });
  assert.equal(methodsOf(session).filter((method) => method === "tasks/result").length, 1);
});

Deno.test("what the backend says of a task is not told, and its progress is", async () => {
  const it = setUp({ ...taskSession, answer: makingTasks });
  const level = { [key("logLevel")]: "info" };
  await it.waiting(params({ name: "t" }, { progressToken: 5, ...level }));
  await until(() => methodsOf(it.sessions[0]).includes("tasks/result"), "the task");
  const [session] = it.sessions;
  const outcome = session.requests.find(({ request: { method } }) => method === "tasks/result");
  session.says(notification("notifications/tasks/status", { taskId: "a", status: "working" }));
  session.says(notification("notifications/progress", { progressToken: 5, progress: 1 }));
  session.says(notification("notifications/message", { level: "info" }), outcome);
  assert.deepEqual(it.lines.map(({ method }) => method), [
    "notifications/progress",
    "notifications/message",
  ]);
});

Deno.test("a task whose outcome wants a URL to be visited is not made another one", async () => {
  const it = setUp({ ...taskSession, answer: makingTasks });
  const call = await it.waiting(params({ name: "t" }));
  await until(() => methodsOf(it.sessions[0]).includes("tasks/result"), "the task");
  const [session] = it.sessions;
  session.requests[2].answer(errorResponse(visiting));
  await until(() => session.requests.length === 4, "the question how it is");
  session.requests[3].answer(response({ status: "failed" }));
  await until(() => session.requests.length === 5, "the question for the outcome");
  session.requests[4].answer(errorResponse(visiting));
  await call.ended;
  assert.equal(call.answers[0].error.code, -32603);
  assert.equal(methodsOf(session).filter((method) => method === "tools/call").length, 1);
});

Deno.test("a call that wants a URL to be visited before it is a task becomes one behind that", async () => {
  let isVisited = false;
  const it = setUp({
    ...taskSession,
    answer: (exchange, session) =>
      exchange.request.method === "tools/call" && !isVisited
        ? errorResponse(visiting)
        : makingTasks(exchange, session),
  });
  const first = await it.request("tools/call", params({ name: "t" }));
  isVisited = true;
  const { requestState, inputRequests } = first.result;
  const inputResponses = { [Object.keys(inputRequests)[0]]: { action: "accept" } };
  await it.waiting(params({ requestState, inputResponses }), { id: 2 });
  await until(() => methodsOf(it.sessions[0]).includes("tasks/result"), "the task");
  assert.deepEqual(methodsOf(it.sessions[0]).slice(1), [
    "tools/call",
    "tools/call",
    "tasks/result",
  ]);
  const calls = it.sessions[0].requests.slice(1, 3).map(({ request }) => valueOf(request).params);
  assert.deepEqual(calls[0], calls[1]);
});

Deno.test("the end of a session waits for the end of its tasks", async () => {
  const cancelling = Promise.withResolvers<Message>();
  const it = setUp({
    ...taskSession,
    answer: (exchange, session) =>
      exchange.request.method === "tasks/cancel"
        ? cancelling.promise
        : makingTasks(exchange, session),
  });
  const call = await it.waiting(params({ name: "t" }));
  await until(() => methodsOf(it.sessions[0]).includes("tasks/result"), "the task");
  const [session] = it.sessions;
  call.exchange.abort(requestCancelled());
  await call.ended;
  const ended = it.translation.end(new AbortController().signal);
  await until(() => methodsOf(session).includes("tasks/cancel"), "the cancellation");
  assert.equal(session.ended, undefined);
  cancelling.resolve(response({}));
  await ended;
  assert.ok(session.ended);
  const short = setUp({
    ...taskSession,
    answer: (e, s) => e.request.method === "tasks/cancel" ? undefined : makingTasks(e, s),
  });
  await short.waiting(params({ name: "t" }));
  await until(() => methodsOf(short.sessions[0]).includes("tasks/result"), "the task");
  await short.translation.end(AbortSignal.abort());
  assert.ok(short.sessions[0].ended, "there is no time to wait");
  short.sessions[0].requests.at(-1)!.answer(response({}));
});
