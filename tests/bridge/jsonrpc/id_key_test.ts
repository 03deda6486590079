import assert from "node:assert/strict";
import { hasSameText, idKey, sameId } from "../../../src/bridge/jsonrpc/id_key.ts";

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

Deno.test("an answer's id means a request's of the same kind and value", () => {
  const rows: [answer: string, request: string, isSame: boolean][] = [
    ["1", "1", true],
    ["1.0", "1", true],
    ["null", "null", true],
    ["1e400", "2e400", true],
    ["1", "2", false],
    ['"a"', '"a"', true],
    ['"a"', '"\\u0061"', true],
    ['"\\u0061"', '"a"', true],
    ['"a"', '"b"', false],
    ['"1"', "1", false],
    ["1", '"1"', false],
    ['"12345678901234567000"', '"12345678901234567890"', false],
    ['""', "0", false],
    ["0", '""', false],
    ["-1", '"-1"', false],
  ];
  for (const [answer, request, isSame] of rows) {
    assert.equal(sameId(answer, request), isSame, `${answer} ${request}`);
  }
});

Deno.test("a number and the string of its digits have the same text", () => {
  const rows: [one: string, other: string, isSame: boolean][] = [
    ["1", '"1"', true],
    ['"1"', "1.0", true],
    ['"a"', '"\\u0061"', true],
    ["1", "1", true],
    ["1", '"2"', false],
    ['"a"', '"b"', false],
    ['"\\"1\\""', '"1"', false],
    ['"1\\"x"', '"1"', false],
  ];
  for (const [one, other, isSame] of rows) {
    assert.equal(hasSameText(one, other), isSame, `${one} ${other}`);
  }
});
