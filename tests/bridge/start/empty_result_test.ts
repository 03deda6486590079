import assert from "node:assert/strict";
import { listMethods } from "../../../src/bridge/start/backend_memory.ts";
import { emptyResult } from "../../../src/bridge/start/empty_result.ts";

for (
  const [method, result] of [
    ["tools/list", { tools: [] }],
    ["prompts/list", { prompts: [] }],
    ["resources/list", { resources: [] }],
    ["resources/templates/list", { resourceTemplates: [] }],
    ["logging/setLevel", {}],
    ["resources/subscribe", {}],
    ["resources/unsubscribe", {}],
    ["completion/complete", { completion: { values: [] } }],
    ["tools/call", undefined],
    ["toString", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`a backend that has nothing answers "${method}" so`, () => {
    assert.deepEqual(emptyResult(method), result);
  });
}

Deno.test("these lists are remembered", () => {
  assert.deepEqual(listMethods, [
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
  ]);
});
