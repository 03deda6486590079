import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createOwnExchange } from "../../../src/bridge/exchange.ts";
import type { AnswerKey, BackendMemory } from "../../../src/bridge/start/backend_memory.ts";
import {
  cursorOf,
  isForPerson,
  isListMethod,
  keyOf,
  mayBeStoodInFor,
  rememberAnswer,
  resultOf,
} from "../../../src/bridge/start/remembered_answers.ts";
import { errorResponse, request, response, text } from "../message.ts";

const failure = (reason: string, transient = false) =>
  new ProxyError({ category: "Network error", what: "w", fix: "f", reason, transient });

Deno.test("the answer to a list is remembered when it comes, an error is not", () => {
  const noted: [AnswerKey, string][] = [];
  const memory = {
    note: (key: AnswerKey, result: Uint8Array) => void noted.push([key, text(result)]),
  } as BackendMemory;
  for (const answer of [response({ tools: [] }), errorResponse({ code: 1 })]) {
    const exchange = createOwnExchange(request("tools/list", { cursor: "2" }), "client");
    rememberAnswer(exchange, { era: "modern", memory });
    exchange.answer(answer);
  }
  assert.deepEqual(noted, [
    [{ era: "modern", method: "tools/list", cursor: "2" }, `{"tools":[]}`],
  ]);
});

for (
  const [params, cursor] of [
    [{ cursor: "2" }, "2"],
    [{ cursor: "" }, ""],
    [{ cursor: 2 }, undefined],
    [{}, undefined],
    [null, undefined],
    [undefined, undefined],
  ] as const
) {
  Deno.test(`a list with ${JSON.stringify(params)} asks for the page ${cursor}`, () => {
    const asked = request("prompts/list", params);
    assert.equal(cursorOf(asked), cursor);
    assert.deepEqual(keyOf(asked, "legacy"), { era: "legacy", method: "prompts/list", cursor });
  });
}

Deno.test("four methods ask for lists", () => {
  const lists = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
  for (const method of lists) assert.equal(isListMethod(method), true);
  for (const method of ["roots/list", "tools/call", ""]) assert.equal(isListMethod(method), false);
});

for (
  const [error, forPerson, passes] of [
    [failure("signed_out"), true, true],
    [failure("sign_in_paused"), true, true],
    [failure("login_timeout"), true, true],
    [failure("backend_unreachable", true), false, true],
    [failure("access_denied"), false, false],
  ] as const
) {
  Deno.test(`"${error.reason}" is for the person: ${forPerson}`, () => {
    assert.equal(isForPerson(error), forPerson);
    assert.equal(mayBeStoodInFor(error), passes);
  });
}

Deno.test("what is no error of ours is not stood in for", () => {
  assert.equal(mayBeStoodInFor({ reason: "signed_out", transient: true }), false);
  assert.equal(mayBeStoodInFor(undefined), false);
  assert.equal(text(resultOf(response({ a: 1.5 }))), `{"a":1.5}`);
});
