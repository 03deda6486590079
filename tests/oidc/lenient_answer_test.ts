import assert from "node:assert/strict";
import { lenientAnswer } from "../../src/oidc/lenient_answer.ts";

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** The answer as it is read; `same` when not even its bytes are others. */
function read(value: unknown, status = 200): [status: number, said: unknown] | "same" {
  const body = bytes(value);
  const answer = lenientAnswer({ status, body });
  if (answer.body === body) {
    assert.equal(answer.status, status);
    return "same";
  }
  return [answer.status, JSON.parse(new TextDecoder().decode(answer.body))];
}

const good = { access_token: "a", token_type: "Bearer" };

Deno.test("what is as the protocol has it is handed on as it came", () => {
  const rows: unknown[] = [
    good,
    { ...good, refresh_token: "r", scope: "a b", expires_in: 0 },
    { ...good, token_type: "mac" },
    { device_code: "d", scope: ["a"] },
    { refresh_token: "", scope: ["a"] },
    { error: "" },
    { error: 7 },
    {},
    "null",
    "[null]",
    "7",
    '"error"',
    "{",
    "",
  ];
  for (const row of rows) assert.equal(read(row), "same", JSON.stringify(row));
});

Deno.test("an error that was sent as a success is one, unless there is a token", () => {
  assert.deepEqual(read({ error: "bad_code" }), [400, { error: "bad_code" }]);
  assert.deepEqual(read({ error: "bad_code" }, 201), [400, { error: "bad_code" }]);
  assert.deepEqual(read({ error: "bad_code", access_token: 7 }), [
    400,
    { error: "bad_code", access_token: 7 },
  ]);
  assert.equal(read({ ...good, error: "none" }), "same");
});

Deno.test("only an answer with status 200 or 201 is put right", () => {
  for (const status of [199, 202, 204, 299, 300, 400, 401, 500]) {
    assert.equal(read({ error: "e", access_token: null }, status), "same", String(status));
  }
});

Deno.test("members that are null are left out, and the status stays", () => {
  assert.deepEqual(read({ ...good, refresh_token: null, expires_in: null }), [200, good]);
  assert.deepEqual(read({ user_code: "u", interval: null }, 201), [201, { user_code: "u" }]);
  assert.deepEqual(read({ error: "e", error_description: null }), [400, { error: "e" }]);
  assert.deepEqual(read({ ...good, nested: { a: null }, no: null }), [
    200,
    { ...good, nested: { a: null } },
  ]);
});

Deno.test("of an answer with an access token what is meant is read", () => {
  assert.deepEqual(read({ ...good, refresh_token: "" }), [200, good]);
  assert.deepEqual(read({ access_token: "a" }), [200, good]);
  assert.deepEqual(read({ access_token: "a", token_type: null }), [200, good]);
  assert.deepEqual(read({ ...good, scope: ["a", "b"] }), [200, { ...good, scope: "a b" }]);
  assert.deepEqual(read({ ...good, scope: [] }, 201), [201, { ...good, scope: "" }]);
  assert.equal(read({ ...good, scope: ["a", 7] }), "same");
  assert.equal(read({ ...good, scope: 7 }), "same");
});
