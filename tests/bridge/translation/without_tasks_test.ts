import assert from "node:assert/strict";
import {
  isAboutTasks,
  isTask,
  noTasks,
  taskMembers,
  wantsTasks,
  withoutTasks,
} from "../../../src/bridge/translation/without_tasks.ts";
import { bytes, errorResponse, response, text } from "../message.ts";

for (
  const [before, after] of [
    [`{}`, `{}`],
    [`{"roots":{},"n":1.0}`, `{"roots":{},"n":1.0}`],
    [`{"tasks":{"list":{}},"roots":{}}`, `{"roots":{}}`],
    [`{"extensions":{"x/y":{}}, "roots":{}}`, `{"extensions":{"x/y":{}}, "roots":{}}`],
    [
      `{"extensions":{"io.modelcontextprotocol/tasks":{},"x/y":{"n":1.0}},"roots":{}}`,
      `{"roots":{},"extensions":{"x/y":{"n":1.0}}}`,
    ],
    [`{"extensions":{"io.modelcontextprotocol/tasks":{}}}`, `{"extensions":{}}`],
    [
      `{"tasks":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}`,
      `{"extensions":{}}`,
    ],
    [`{"tasks":{},"extensions":{"x/y":{}}}`, `{"extensions":{"x/y":{}}}`],
    [
      `{"extensions":["io.modelcontextprotocol/tasks"]}`,
      `{"extensions":["io.modelcontextprotocol/tasks"]}`,
    ],
    [`null`, `null`],
  ]
) {
  Deno.test(`${before} without tasks is ${after}`, () => {
    assert.equal(text(withoutTasks(bytes(before))!), after);
  });
}

Deno.test("no capabilities are none without tasks, too", () => {
  assert.equal(withoutTasks(undefined), undefined);
});

Deno.test("a call alone may ask for a task", () => {
  assert.deepEqual(taskMembers("tools/call"), ["task"]);
  assert.deepEqual(taskMembers("tools/list"), []);
});

Deno.test("requests about tasks are known by the beginning of their method", () => {
  for (const method of ["tasks/get", "tasks/"]) assert.equal(isAboutTasks(method), true);
  for (const method of ["tasks", "x/tasks/", "tools/call"]) {
    assert.equal(isAboutTasks(method), false);
  }
  assert.deepEqual(JSON.parse(noTasks), {
    code: -32601,
    message: "There are no tasks: client and backend speak different eras of MCP",
  });
});

const required = { extensions: { "io.modelcontextprotocol/tasks": {} } };
for (
  const [error, expected] of [
    [{ code: -32021, data: { requiredCapabilities: required } }, true],
    [{ code: -32602, data: { requiredCapabilities: required } }, false],
    [{ code: -32021, data: { requiredCapabilities: { extensions: {} } } }, false],
    [{ code: -32021, data: { requiredCapabilities: { elicitation: {} } } }, false],
    [{ code: -32021, data: {} }, false],
    [{ code: -32021 }, false],
  ] as const
) {
  Deno.test(`${JSON.stringify(error)} ${expected ? "wants" : "does not want"} tasks`, () => {
    assert.equal(wantsTasks(errorResponse(error)), expected);
  });
}

Deno.test("a result alone wants no tasks, and says by its type whether it is one", () => {
  assert.equal(
    wantsTasks(response({ code: -32021, data: { requiredCapabilities: required } })),
    false,
  );
  assert.equal(isTask(response({ resultType: "task" })), true);
  for (const result of [{ resultType: "complete" }, { resultType: 1 }, {}, []]) {
    assert.equal(isTask(response(result)), false);
  }
  assert.equal(isTask(errorResponse({ resultType: "task" })), false);
});
