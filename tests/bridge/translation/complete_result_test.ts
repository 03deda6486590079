import assert from "node:assert/strict";
import { completeResult, errorCodeOf } from "../../../src/bridge/translation/complete_result.ts";
import { errorResponse, message, response, text, valueOf } from "../message.ts";

for (
  const method of [
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
  ]
) {
  Deno.test(`a result of ${method} says that it must not be kept`, () => {
    assert.equal(
      text(completeResult(response({ a: 1 }), method)),
      `{"jsonrpc":"2.0","id":1,"result":{"a":1,"resultType":"complete","ttlMs":0,"cacheScope":"private"}}`,
    );
  });
}

for (
  const [method, before, after] of [
    ["tools/call", `{"n":1.0}`, `{"n":1.0,"resultType":"complete"}`],
    ["tools/call", `{}`, `{"resultType":"complete"}`],
    ["tools/call", `{"resultType":"task"}`, `{"resultType":"task"}`],
    ["tools/call", `{"ttlMs":5}`, `{"ttlMs":5,"resultType":"complete"}`],
    [
      "tools/list",
      `{"ttlMs":5,"tools":[]}`,
      `{"ttlMs":5,"tools":[],"resultType":"complete","cacheScope":"private"}`,
    ],
    [
      "tools/list",
      `{"cacheScope":"public","tools":[]}`,
      `{"cacheScope":"public","tools":[],"resultType":"complete","ttlMs":0}`,
    ],
    ["tools/list", `[1]`, `[1]`],
    ["tools/list", `null`, `null`],
  ] as const
) {
  Deno.test(`the result ${before} of ${method} becomes ${after}`, () => {
    const given = message(`{"jsonrpc":"2.0","id":"a","result":${before}}`);
    assert.equal(
      text(completeResult(given, method)),
      `{"jsonrpc":"2.0","id":"a","result":${after}}`,
    );
  });
}

Deno.test("a missing resource has the code of the modern era, every other error its own", () => {
  const [missing, other] = [-32002, -32000].map((code) =>
    completeResult(errorResponse({ code, message: "m", data: { uri: "u" } }), "resources/read")
  );
  assert.deepEqual(valueOf(missing).error, { message: "m", data: { uri: "u" }, code: -32602 });
  assert.deepEqual(valueOf(other).error, { code: -32000, message: "m", data: { uri: "u" } });
  const noObject = errorResponse("text");
  assert.equal(completeResult(noObject, "resources/read"), noObject);
});

Deno.test("a URL that must be visited is a capability that is missing, with what was said of it", () => {
  const requiredCapabilities = { elicitation: { url: {} } };
  for (
    const [before, after] of [
      [`{"n":1.0}`, `{"n":1.0,"requiredCapabilities":{"elicitation":{"url":{}}}}`],
      [`{"requiredCapabilities":7}`, `{"requiredCapabilities":{"elicitation":{"url":{}}}}`],
      [`null`, `{"requiredCapabilities":{"elicitation":{"url":{}}}}`],
    ]
  ) {
    const given = `{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m","data":${before}}}`;
    assert.equal(
      text(completeResult(message(given), "tools/call", { showsUrls: false })),
      `{"jsonrpc":"2.0","id":1,"error":{"message":"m","code":-32021,"data":${after}}}`,
    );
  }
  const plain = errorResponse({ code: -32042, message: "m" });
  const without = completeResult(plain, "tools/call", { showsUrls: false });
  assert.deepEqual(valueOf(without).error, {
    message: "m",
    code: -32021,
    data: { requiredCapabilities },
  });
  const shown = completeResult(plain, "tools/call");
  assert.deepEqual(
    valueOf(shown).error,
    { message: "m", code: -32603 },
    "what it has is not missing",
  );
});

for (
  const [given, code] of [
    [errorResponse({ code: -32042 }), -32042],
    [errorResponse({ code: 1e3 }), 1000],
    [errorResponse({ message: "m" }), undefined],
    [errorResponse("m"), undefined],
    [response({ code: -32042 }), undefined],
  ] as const
) {
  Deno.test(`the code of ${text(given)} is ${code}`, () => assert.equal(errorCodeOf(given), code));
}
