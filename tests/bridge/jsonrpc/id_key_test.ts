import assert from "node:assert/strict";
import { idKey, sameId } from "../../../src/bridge/jsonrpc/id_key.ts";

Deno.test("ids that are the same value have the same key", () => {
  for (
    const same of [["1", "1.0", "1e0"], ['"a"', '"\\u0061"'], ["0", "-0", "0.0"], ["100", "1e2"]]
  ) {
    assert.equal(new Set(same.map(idKey)).size, 1, same.join(" "));
  }
});

Deno.test("ids that differ have different keys", () => {
  const different = ["1", '"1"', "-1", "9007199254740992", "9007199254740993", '""', '"\\ud800"'];
  assert.equal(new Set(different.map(idKey)).size, different.length);
});

Deno.test("an answer's id may have been through a double", () => {
  assert(sameId("12345678901234567000", "12345678901234567890"));
  assert(!sameId('"1"', "1"));
  assert(!sameId("1", "2"));
  assert(!sameId("null", "0"));
});
