import assert from "node:assert/strict";
import {
  editParams,
  editResult,
  errorOf,
  join,
  messageOf,
  resultOf,
  withBody,
  withId,
} from "../../../src/bridge/translation/rewrite_message.ts";
import { bytes, errorResponse, message, response, text } from "../message.ts";

Deno.test("a message is made of text or of bytes, and of nothing else", () => {
  const rows: [string, string][] = [
    [`{"jsonrpc":"2.0","id":1,"method":"m"}`, "request"],
    [`{"jsonrpc":"2.0","method":"m"}`, "notification"],
    [`{"jsonrpc":"2.0","id":1,"result":{}}`, "response"],
  ];
  for (const [given, kind] of rows) {
    assert.equal(messageOf(given).kind, kind);
    assert.equal(messageOf(bytes(given)).kind, kind);
  }
  for (
    const [given, kind] of [["{}", "not a message"], ["{", "not JSON"], ["[1]", "batch"]]
  ) {
    assert.throws(() => messageOf(given), { message: `a message that was rewritten is ${kind}` });
  }
});

const meta = { set: { a: "1.0" } };
for (
  const [params, edits, id, expected] of [
    [`,"params":{"x":1.0}`, { meta }, undefined, `,"params":{"x":1.0,"_meta":{"a":1.0}}`],
    [`,"params":{"_meta":{"b":2}}`, { meta }, undefined, `,"params":{"_meta":{"b":2,"a":1.0}}`],
    [`,"params":{"_meta":7}`, { meta }, undefined, `,"params":{"_meta":{"a":1.0}}`],
    [
      `,"params":{"_meta":{"a":2},"x":1}`,
      { meta: { without: ["a"] } },
      undefined,
      `,"params":{"x":1}`,
    ],
    [`,"params":{"_meta":{}}`, { meta: {} }, undefined, `,"params":{}`],
    [`,"params":{"x":1}`, { meta: { without: ["a"] } }, undefined, `,"params":{"x":1}`],
    [
      `,"params":{"x":1,"y":2,"_meta":{"a":2}}`,
      {
        meta: { without: ["a"] },
        without: ["x"],
      },
      undefined,
      `,"params":{"y":2}`,
    ],
    [
      `,"params":{"x":1,"y":2}`,
      { without: ["x"], set: { z: "3" } },
      undefined,
      `,"params":{"y":2,"z":3}`,
    ],
    [`,"params":{"x":1}`, {}, undefined, `,"params":{"x":1}`],
    [`,"params":{}`, {}, undefined, `,"params":{}`],
    ["", { meta }, undefined, `,"params":{"_meta":{"a":1.0}}`],
    ["", { set: { z: "3" } }, undefined, `,"params":{"z":3}`],
    ["", { meta: { without: ["a"] } }, undefined, ""],
    ["", {}, undefined, ""],
    [`,"params":[1]`, { meta, set: { z: "3" } }, undefined, `,"params":[1]`],
  ] as const
) {
  Deno.test(`params${params} with ${JSON.stringify(edits)} become${expected}`, () => {
    const given = message(`{"jsonrpc":"2.0","id":1,"method":"m"${params}}`);
    const edited = editParams(given, edits, id);
    assert.equal(text(edited), `{"jsonrpc":"2.0","id":1,"method":"m"${expected}}`);
    assert.deepEqual(edited, message(text(edited)));
  });
}

Deno.test("another id may be given at the same time", () => {
  for (const params of [``, `,"params":[1]`, `,"params":{"x":1}`]) {
    const given = message(` {"jsonrpc":"2.0","id":1,"method":"m"${params}}`);
    const edited = editParams(given, {}, `"b"`);
    assert.equal(edited.id, `"b"`);
    const { id: _, ...rest } = JSON.parse(text(given));
    assert.deepEqual(JSON.parse(text(edited)), { ...rest, id: "b" });
    const under = withId(given, `"b"`);
    assert.equal(under.id, `"b"`);
    assert.deepEqual(JSON.parse(text(under)), { ...rest, id: "b" });
  }
});

for (
  const given of [
    `{"jsonrpc":"2.0","id":12,"result":{"a":1}}`,
    `{"jsonrpc":"2.0","result":{"a":1},"id":12}`,
  ]
) {
  Deno.test(`another body leaves all else of ${given} where it is`, () => {
    for (const body of [`{}`, `{"a":1}`, `{"longer":[1,2,3]}`]) {
      const edited = withBody(message(given), bytes(body));
      assert.deepEqual(edited, message(given.replace(`{"a":1}`, body)));
    }
  });
}

Deno.test("a result is edited where it is an object, an error never", () => {
  const edits = { set: { b: "2" } };
  assert.deepEqual(editResult(response({ a: 1 }), edits), response({ a: 1, b: 2 }));
  for (const other of [response([1]), response(null), errorResponse({ a: 1 })]) {
    assert.equal(editResult(other, edits), other);
  }
});

Deno.test("responses of ours", () => {
  assert.equal(text(resultOf(`"a"`, "{}")), `{"jsonrpc":"2.0","id":"a","result":{}}`);
  assert.equal(text(resultOf("7.0", bytes("1.0"))), `{"jsonrpc":"2.0","id":7.0,"result":1.0}`);
  assert.equal(
    text(errorOf("7", `{"code":1}`)),
    `{"jsonrpc":"2.0","id":7,"error":{"code":1}}`,
  );
  assert.equal(text(join(["é", bytes("b"), ""])), "éb");
});
