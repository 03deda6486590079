import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { BackendSession } from "../../../src/bridge/translation/backend_session.ts";
import { createTaskTools, hasTasks } from "../../../src/bridge/translation/task_tools.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { errorResponse, request, response, valueOf } from "../message.ts";

/** A backend whose lists are answered so, one after the other; the last one again and again. */
function setUp(...answers: (Message | undefined)[]) {
  const sent: Exchange[] = [];
  const logged: string[] = [];
  let ids = 0;
  const tools = createTaskTools({
    context: {
      acceptTimeout: 30_000,
      log: createLog({ level: "debug", write: (line) => void logged.push(line) }),
    },
    session: {
      nextId: () => String(++ids),
      async request(exchange: Exchange) {
        sent.push(exchange);
        const answer = answers[Math.min(sent.length, answers.length) - 1];
        if (answer) return void exchange.answer(answer);
        await new Promise((_, reject) =>
          exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason))
        );
      },
    } as unknown as BackendSession,
  });
  const call = () => createExchange(request("tools/call", { name: "t" }), () => {});
  return { tools, sent, logged, call, has: (name: string) => tools.has(name, call()) };
}

const tool = (name: unknown, taskSupport?: unknown) => ({ name, execution: { taskSupport } });
const listOf = (...tools: unknown[]) => response({ tools });

for (
  const [capabilities, expected] of [
    [{}, false],
    [{ tasks: {} }, false],
    [{ tasks: { requests: {} } }, false],
    [{ tasks: { requests: null } }, false],
    [{ tasks: { requests: { tools: {} } } }, false],
    [{ tasks: { requests: { tools: { call: {} } } } }, true],
  ] as const
) {
  Deno.test(`${JSON.stringify(capabilities)} ${expected ? "has" : "have no"} calls as tasks`, () => {
    assert.equal(hasTasks({ capabilities } as unknown as BackendSession), expected);
  });
}

Deno.test("a tool that is offered as a task only is known by its list", async () => {
  const it = setUp(listOf(
    tool("required", "required"),
    tool("optional", "optional"),
    tool("forbidden", "forbidden"),
    tool("silent"),
    { name: "plain" },
    tool(7, "required"),
    { execution: { taskSupport: "required" } },
    null,
  ));
  assert.equal(await it.has("required"), true);
  for (const name of ["optional", "forbidden", "silent", "plain", "7", "other"]) {
    assert.equal(await it.has(name), false, name);
  }
  assert.equal(it.sent.length, 1, "the list is asked for once");
  assert.deepEqual(valueOf(it.sent[0].request), {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
  });
  assert.equal(it.sent[0].purpose, "client");
});

Deno.test("calls at the same time ask for one list", async () => {
  const it = setUp(listOf(tool("a", "required")));
  assert.deepEqual(await Promise.all([it.has("a"), it.has("b")]), [true, false]);
  assert.equal(it.sent.length, 1);
});

Deno.test("all pages are read, up to the sixty-fourth", async () => {
  const page = (name: string, nextCursor?: unknown) =>
    response({ tools: [tool(name, "required")], nextCursor });
  const two = setUp(page("a", "\u00e9"), page("b", 7));
  assert.deepEqual([await two.has("a"), await two.has("b")], [true, true]);
  assert.deepEqual(valueOf(two.sent[1].request), {
    jsonrpc: "2.0",
    method: "tools/list",
    id: 2,
    params: { cursor: "\u00e9" },
  });
  const endless = setUp(page("a", "next"));
  assert.equal(await endless.has("a"), true);
  assert.equal(endless.sent.length, 64);
});

Deno.test("a list that has changed is asked for again", async () => {
  const it = setUp(listOf(tool("a", "required")), listOf({ name: "a" }));
  assert.equal(await it.has("a"), true);
  it.tools.forget();
  assert.equal(await it.has("a"), false);
  assert.equal(it.sent.length, 2);
});

for (const answer of [response({ tools: {} }), response({}), response([])]) {
  Deno.test(`${JSON.stringify(valueOf(answer).result)} names no tool`, async () => {
    const it = setUp(answer);
    assert.equal(await it.has("a"), false);
    assert.equal(await it.has("a"), false);
    assert.equal(it.sent.length, 1);
  });
}

Deno.test("where there is no list calls are plain, and the next one asks again", async () => {
  const it = setUp(errorResponse({ code: -1, message: "no" }), listOf(tool("a", "required")));
  assert.equal(await it.has("a"), false);
  assert.match(it.logged.join(""), /which tools want a task is not known/);
  assert.equal(await it.has("a"), true);
});

Deno.test("a list that does not come is waited for for ten seconds", async () => {
  using time = new FakeTime();
  const it = setUp(undefined);
  let known: boolean | undefined;
  it.has("a").then((has) => known = has);
  await time.pass(9_999);
  assert.equal(known, undefined);
  await time.pass(2);
  assert.equal(known, false);
  assert.equal(it.sent[0].signal.aborted, true);
});

Deno.test("a call that ends does not wait for the list, which others get", async () => {
  const it = setUp(undefined);
  const call = it.call();
  const cancelled = it.tools.has("a", call);
  const other = it.has("a");
  call.abort(requestCancelled());
  await assert.rejects(cancelled, { reason: "cancelled" });
  it.sent[0].answer(listOf(tool("a", "required")));
  assert.equal(await other, true);
  assert.equal(await it.has("a"), true);
  assert.equal(it.sent.length, 1);
});
