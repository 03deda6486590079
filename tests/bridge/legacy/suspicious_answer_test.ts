import assert from "node:assert/strict";
import {
  isAlike,
  isSuspicious,
  mayBeCarriedOut,
} from "../../../src/bridge/legacy/suspicious_answer.ts";

const answer = (status: number, body: string, method?: string) => ({
  status,
  body: new TextEncoder().encode(body),
  method,
});

Deno.test("errors that are about the message, or the way, say nothing of the session", () => {
  for (const status of [405, 407, 413, 414, 415, 429, 431, 399, 200]) {
    assert.equal(isSuspicious(status), false, `${status}`);
  }
  for (const status of [400, 401, 403, 404, 406, 408, 409, 410, 416, 430, 432, 500, 503]) {
    assert.equal(isSuspicious(status), true, `${status}`);
  }
});

Deno.test("a server that failed, or a gateway without patience, may have carried it out", () => {
  for (const status of [408, 500, 501, 504, 524]) assert.equal(mayBeCarriedOut(status), true);
  for (const status of [400, 404, 407, 409, 499]) assert.equal(mayBeCarriedOut(status), false);
});

Deno.test("two answers are alike with the same status and the same body", () => {
  assert.equal(isAlike(answer(400, "no session"), answer(400, "no session")), true);
  assert.equal(isAlike(answer(400, "no session"), answer(403, "no session")), false);
  assert.equal(isAlike(answer(400, "no session"), answer(400, "no such tool")), false);
  assert.equal(isAlike(answer(404, "a"), answer(404, "b")), true, "a 404 needs no body");
});

Deno.test("what tells one answer from the next does not count", () => {
  const rows: [string, string][] = [
    ["at 2026-11-26T12:30:00Z", "at 2026-11-26T12:31:07.123456Z"],
    ["at 2026-11-26 12:30:00,5 end", "at 2026-11-26 12:31:07 end"],
    ["at 2026-11-26T12:30:00+01:00.", "at 2026-11-26T12:31:07-0530."],
    [
      "2026-11-26T12:30:00Z and 2026-11-26T12:30:01Z",
      "2026-11-26T12:31:00Z and 2026-11-26T12:32:01Z",
    ],
    [
      "id 0a1b2c3d-0000-4000-8000-00000000000a and ffffffff-0000-4000-8000-00000000000a",
      "id 9A1B2C3D-1111-4000-8000-00000000000B and EEEEEEEE-0000-4000-8000-00000000000A",
    ],
    ["trace 0123456789 or a123456789", "trace abcdef0123 or 9ABCDEF0123456"],
    [
      '{"jsonrpc":"2.0","id":1,"error":{"code":1}}',
      '{"jsonrpc":"2.0","id":"é!","error":{"code":1}}',
    ],
  ];
  for (const [one, other] of rows) {
    assert.equal(isAlike(answer(400, one), answer(400, other)), true, `${one} / ${other}`);
  }
});

Deno.test("what is no time and no id does count", () => {
  const rows: [string, string][] = [
    ["word abcdefabcd", "word abcdefabce"],
    ["short 123456789", "short 123456780"],
    ["long x0123456789", "long x0123456780"],
    ["a 12:30:00", "a 12:30:01"],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":1}}', '{"jsonrpc":"2.0","id":1,"error":{"code":2}}'],
    ['{"jsonrpc":"2.0","error":{"code":1}}', '{"jsonrpc":"2.0","error":{"code":2}}'],
    ['{"jsonrpc":"2.0","id":1,"method":"a"}', '{"jsonrpc":"2.0","id":2,"method":"a"}'],
    ['{"id":1}', '{"id":2}'],
    ['\n{"jsonrpc":"2.0","id":1,"error":{}}', ' {"jsonrpc":"2.0","id":1,"error":{}}'],
  ];
  for (const [one, other] of rows) {
    assert.equal(isAlike(answer(400, one), answer(400, other)), false, `${one} / ${other}`);
  }
  const withoutId = '{"jsonrpc":"2.0","error":{"code":1}}';
  assert.equal(isAlike(answer(400, withoutId), answer(400, withoutId)), true);
});

Deno.test("the method that a server names in its refusal does not count", () => {
  const refusal = (method: string, named = method) =>
    answer(400, `no session for ${named}, so no ${named}`, method);
  assert.equal(isAlike(refusal("ping"), refusal("tools/call")), true);
  assert.equal(isAlike(refusal("ping", "tools/call"), refusal("tools/call", "ping")), false);
  assert.equal(isAlike(refusal("ping"), refusal("tools/call", "ping")), true, "they say the same");
  assert.equal(isAlike(answer(400, "no ping"), answer(400, "no tools/call")), false);
  assert.equal(isAlike(answer(400, "no ping", ""), answer(400, "no ", "")), false);
});

Deno.test("64 KiB of a body are compared, and no more", () => {
  const body = (length: number, last: string) => answer(500, "-".repeat(length - 1) + last);
  assert.equal(isAlike(body(65_536, "a"), body(65_536, "b")), false);
  assert.equal(isAlike(body(65_537, "a"), body(65_537, "b")), true);
});
