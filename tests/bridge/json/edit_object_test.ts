import assert from "node:assert/strict";
import { editObject, memberOf, membersOf, valueOf } from "../../../src/bridge/json/edit_object.ts";
import { textOf } from "../bridge_parts.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("the members of an object, and where each stands", () => {
  const text = ' { "a" : 1 ,\n"b":{"c":[1,2]}, "é":"x" } ';
  const data = bytes(text);
  const shown = membersOf(data, 1).map(({ name, start, valueStart, end }) => [
    name,
    textOf(data.subarray(start, end)),
    textOf(data.subarray(valueStart, end)),
  ]);
  assert.deepEqual(shown, [
    ["a", '"a" : 1', "1"],
    ["b", '"b":{"c":[1,2]}', '{"c":[1,2]}'],
    ["é", '"é":"x"', '"x"'],
  ]);
});

Deno.test("what is no object has no members", () => {
  for (
    const [text, start] of [["{}", 0], ["[1]", 0], ["7", 0], ['{"a":1}', -1], [
      '{"a":1}',
      1,
    ]] as const
  ) {
    assert.deepEqual(membersOf(bytes(text), start), [], text);
  }
  assert.equal(memberOf(bytes("[]"), 0, "a"), undefined);
});

Deno.test("of a member that comes twice the last one counts", () => {
  const data = bytes('{"a":1,"b":2,"a":3}');
  assert.equal(textOf(valueOf(data, 0, "a")!), "3");
  assert.deepEqual(memberOf(data, 0, "b"), { name: "b", start: 7, valueStart: 11, end: 12 });
  assert.equal(valueOf(data, 0, "c"), undefined);
});

Deno.test("members are cut out and set, and nothing else is touched", () => {
  const edit = (text: string, edits: Parameters<typeof editObject>[2], start = 0) =>
    textOf(editObject(bytes(text), start, edits));
  const rows: [text: string, edits: Parameters<typeof editObject>[2], expected: string][] = [
    ['{"a":1.0,"b":2}', { without: ["b"], set: { c: "true" } }, '{"a":1.0,"c":true}'],
    ['{"a":1.0,"b":2}', { without: ["a", "b"] }, "{}"],
    ['{"a":1,"b":2}', {}, '{"a":1,"b":2}'],
    ['{ "a" : 1 , "b":2 }', { without: ["x"] }, '{"a" : 1,"b":2}'],
    ['{"a":1,"b":2}', { set: { a: "3" } }, '{"b":2,"a":3}'],
    ['{"a":1,"b":2}', { set: { a: undefined } }, '{"a":1,"b":2}'],
    ['{"a":1,"b":2}', { without: ["a"], set: { a: undefined } }, '{"b":2}'],
    ["{}", { set: { a: bytes('"x"'), 'b"': "[]" } }, '{"a":"x","b\\"":[]}'],
    ["[]", { set: { a: "1" } }, '{"a":1}'],
    ['{"a":1,"b":2,"a":3}', { without: ["a"] }, '{"b":2}'],
  ];
  for (const [text, edits, expected] of rows) assert.equal(edit(text, edits), expected);
  assert.equal(edit('[{"a":1}]', { set: { b: "2" } }, 1), '{"a":1,"b":2}');
});
