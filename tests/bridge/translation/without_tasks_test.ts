import assert from "node:assert/strict";
import {
  isAboutTasks,
  noTasks,
  taskMembers,
  withoutTasks,
} from "../../../src/bridge/translation/without_tasks.ts";
import { bytes, text } from "../message.ts";

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
