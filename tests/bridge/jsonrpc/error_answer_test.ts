import assert from "node:assert/strict";
import { type ErrorCategory, ProxyError } from "../../../src/base/errors.ts";
import {
  errorAnswer,
  invalidRequestAnswer,
  parseErrorAnswer,
  tooLongAnswer,
} from "../../../src/bridge/jsonrpc/error_answer.ts";
import { textOf } from "../bridge_parts.ts";

const error = (category: ErrorCategory, more: { httpStatus?: number; retryAfter?: number } = {}) =>
  new ProxyError({ category, what: "it is broken", fix: "mend it", reason: "broken", ...more });

Deno.test("an error of ours is answered with its code, its text and what programs go by", () => {
  const codes: [ErrorCategory, number][] = [
    ["Backend error", -32010],
    ["Network error", -32011],
    ["Authentication error", -32012],
    ["Configuration error", -32013],
    ["System error", -32014],
    ["Internal error", -32015],
  ];
  for (const [category, code] of codes) {
    assert.equal(
      textOf(errorAnswer('"é"', error(category))),
      `{"jsonrpc":"2.0","id":"é","error":{"code":${code},"message":"${category}: it is broken. ` +
        'Fix: mend it.","data":{"reason":"broken","hint":"mend it"}}}',
    );
  }
});

Deno.test("the status is told, and the pause in whole seconds", () => {
  const data = (more: { httpStatus?: number; retryAfter?: number }) =>
    JSON.parse(textOf(errorAnswer("1", error("Backend error", more)))).error.data;
  assert.deepEqual(data({ httpStatus: 503, retryAfter: 1_001 }), {
    reason: "broken",
    hint: "mend it",
    httpStatus: 503,
    retryAfter: 2,
  });
  assert.equal(data({ retryAfter: 1_000 }).retryAfter, 1);
  assert.equal(data({ retryAfter: 0 }).retryAfter, 0);
});

Deno.test("what has no id that could be answered is answered under null", () => {
  const parsed = (answer: Uint8Array) => JSON.parse(textOf(answer));
  assert.deepEqual(parsed(parseErrorAnswer()), {
    jsonrpc: "2.0",
    id: null,
    error: {
      code: -32700,
      message: "Parse error: the line is not JSON. " +
        "Fix: send one JSON-RPC 2.0 message per line, in UTF-8.",
      data: {
        reason: "parse_error",
        hint: "send one JSON-RPC 2.0 message per line, in UTF-8",
      },
    },
  });
  assert.deepEqual(parsed(invalidRequestAnswer()).error, {
    code: -32600,
    message: "Invalid Request: the line is not a JSON-RPC 2.0 message. " +
      "Fix: see https://modelcontextprotocol.io/specification.",
    data: {
      reason: "invalid_request",
      hint: "see https://modelcontextprotocol.io/specification",
    },
  });
  assert.deepEqual(parsed(tooLongAnswer(7)).error, {
    code: -32600,
    message: "Invalid Request: the line is longer than 7 bytes. " +
      "Fix: raise --max-message-bytes or send less.",
    data: { reason: "message_too_long", hint: "raise --max-message-bytes or send less" },
  });
});
