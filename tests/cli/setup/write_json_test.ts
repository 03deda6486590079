import assert from "node:assert/strict";
import { type JsonStyle, writeJson } from "../../../src/cli/setup/write_json.ts";

const plain: JsonStyle = { unit: "  ", eol: "\n" };
/** A list that is so wide on one line, brackets included. */
const listOf = (width: number) => ["x".repeat(width - 4)];

const rows: [what: string, value: unknown, style: Partial<JsonStyle>, text: string][] = [
  ["a text", 'a "b"\n', {}, String.raw`"a \"b\"\n"`],
  ["a number", 3, {}, "3"],
  ["nothing", null, {}, "null"],
  ["an empty object", {}, {}, "{}"],
  ["an empty list", [], {}, "[]"],
  ["an empty object on one line", {}, { space: " " }, "{}"],
  ["members on lines of their own", { a: 1, b: "c" }, {}, '{\n  "a": 1,\n  "b": "c"\n}'],
  [
    "each level deeper than the one around it",
    { a: { b: { c: true } } },
    {},
    '{\n  "a": {\n    "b": {\n      "c": true\n    }\n  }\n}',
  ],
  [
    "the indentation that there is, tabs and CRLF",
    { a: { b: 1 } },
    { unit: "\t", eol: "\r\n", indentation: "\t" },
    '{\r\n\t\t"a": {\r\n\t\t\t"b": 1\r\n\t\t}\r\n\t}',
  ],
  ["a short list of plain values on one line", [1, null, "a"], {}, '[1, null, "a"]'],
  ["a list with an object in it", ["a", {}], {}, '[\n  "a",\n  {}\n]'],
  ["a list with a list in it", [[], "a"], {}, '[\n  [],\n  "a"\n]'],
  ["a list of 80 columns", listOf(80), {}, JSON.stringify(listOf(80))],
  ["a list of 81 columns", listOf(81), {}, `[\n  ${JSON.stringify(listOf(81)[0])}\n]`],
  [
    "a list of 80 columns with what is in front of it",
    listOf(76),
    { indentation: "    " },
    JSON.stringify(listOf(76)),
  ],
  [
    "a list of 81 columns with what is in front of it",
    listOf(77),
    { indentation: "    " },
    `[\n      ${JSON.stringify(listOf(77)[0])}\n    ]`,
  ],
  ["all on one line", { a: [1, { b: 2 }], c: {} }, { space: " " }, '{"a": [1, {"b": 2}], "c": {}}'],
  ["all on one line, close together", { a: [1, { b: 2 }] }, { space: "" }, '{"a":[1,{"b":2}]}'],
  ["a wide list on one line", listOf(200), { space: "" }, JSON.stringify(listOf(200))],
];
for (const [what, value, style, text] of rows) {
  Deno.test(`JSON is laid out as people do it: ${what}`, () => {
    assert.equal(writeJson(value, { ...plain, ...style }), text);
    assert.deepEqual(JSON.parse(text), value);
  });
}
