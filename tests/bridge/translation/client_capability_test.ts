import assert from "node:assert/strict";
import { canBeAsked, isUrlMode } from "../../../src/bridge/translation/client_capability.ts";
import { bytes } from "../message.ts";

const optional = (text: string | undefined) => text === undefined ? undefined : bytes(text);

for (
  const [method, params, capabilities, expected] of [
    ["elicitation/create", undefined, `{"elicitation":{}}`, true],
    ["elicitation/create", "{}", `{"elicitation":{}}`, true],
    ["elicitation/create", `{"mode":"form"}`, `{"elicitation":{}}`, true],
    ["elicitation/create", `{"mode":"form"}`, `{"elicitation":{"url":{}}}`, false],
    ["elicitation/create", `{}`, `{"elicitation":{"url":{}}}`, false],
    ["elicitation/create", `{"mode":"form"}`, `{"elicitation":{"url":{},"form":{}}}`, true],
    ["elicitation/create", `{"mode":"form"}`, `{"elicitation":{"applyDefaults":true}}`, true],
    ["elicitation/create", `{"mode":"url"}`, `{"elicitation":{}}`, false],
    ["elicitation/create", `{"mode":"url"}`, `{"elicitation":{"form":{}}}`, false],
    ["elicitation/create", `{"mode":"url"}`, `{"elicitation":{"url":{}}}`, true],
    ["elicitation/create", `{"mode":"url"}`, `{"url":{}}`, false],
    ["elicitation/create", "{}", `{"sampling":{},"roots":{}}`, false],
    ["elicitation/create", "{}", undefined, false],
    ["sampling/createMessage", "{}", `{"sampling":{}}`, true],
    ["sampling/createMessage", `{"mode":"url"}`, `{"sampling":{}}`, true],
    ["sampling/createMessage", "{}", `{"elicitation":{},"roots":{}}`, false],
    ["roots/list", undefined, `{"roots":{}}`, true],
    ["roots/list", undefined, `{"sampling":{},"elicitation":{}}`, false],
    ["roots/list", undefined, undefined, false],
    ["tools/list", undefined, `{"tools":{},"roots":{}}`, false],
    ["", undefined, `{"":{}}`, false],
  ] as const
) {
  Deno.test(`${method} ${params} may be asked of ${capabilities}: ${expected}`, () => {
    const question = { params: optional(params), capabilities: optional(capabilities) };
    assert.equal(canBeAsked(method, question), expected);
  });
}

for (
  const [method, params, expected] of [
    ["elicitation/create", `{"mode":"url"}`, true],
    ["elicitation/create", `{"mode": "url" }`, true],
    ["elicitation/create", `{"mode":"form"}`, false],
    ["elicitation/create", `{"mode":["url"]}`, false],
    ["elicitation/create", `{"url":"url"}`, false],
    ["elicitation/create", `{}`, false],
    ["elicitation/create", undefined, false],
    ["sampling/createMessage", `{"mode":"url"}`, false],
  ] as const
) {
  Deno.test(`${method} ${params} is by URL: ${expected}`, () => {
    assert.equal(isUrlMode(method, optional(params)), expected);
  });
}
