import assert from "node:assert/strict";
import { scanToml } from "../../../src/cli/setup/scan_toml.ts";

/** A table by its name, the lines of its header and end, and its keys with their lines. */
type Row = [
  path: string[],
  header: number,
  end: number,
  ...keys: [path: string[], number, number][],
];

const rows: [what: string, text: string, tables: Row[]][] = [
  ["nothing", "", [[[], -1, 0]]],
  ["keys in front of every table", "a = 1\nb = 2", [[[], -1, 2, [["a"], 0, 1], [["b"], 1, 2]]]],
  ["tables one after the other", "[a]\nx = 1\n\n[b.c]\ny = 2\n# end\n", [
    [[], -1, 0],
    [["a"], 0, 2, [["x"], 1, 2]],
    [["b", "c"], 3, 5, [["y"], 4, 5]],
  ]],
  ["a table without keys", "\n[a]\n[b] # c\n", [[[], -1, 0], [["a"], 1, 2], [["b"], 2, 3]]],
  ["blank lines and comments between keys", "[a]\n\n# c\n  \t\nx = 1 # d\n\n", [
    [[], -1, 0],
    [["a"], 0, 5, [["x"], 4, 5]],
  ]],
  ["spaces everywhere, and CRLF", "  [ a . b ]  \r\n  x  =  1\r\n", [
    [[], -1, 0],
    [["a", "b"], 0, 2, [["x"], 1, 2]],
  ]],
  ["a mark at the beginning", "\ufeff[a]\nx = 1\n", [[[], -1, 0], [["a"], 0, 2, [["x"], 1, 2]]]],
  ["a mark in front of a key", "\ufeffa = 1\n", [[[], -1, 1, [["a"], 0, 1]]]],
  ["quoted names", `["a.b".'c"]'."d\\u0065"]\n"x=y".'z' = 1\n"\\U0001F600" = 2\n`, [
    [[], -1, 0],
    [["a.b", 'c"]', "de"], 0, 3, [["x=y", "z"], 1, 2], [['"\\U0001F600"'], 2, 3]],
  ]],
  ["a quote that is escaped in a name", `"a\\"=b" = 1\n'c\\' = 2\n`, [
    [[], -1, 2, [['a"=b'], 0, 1], [["c\\"], 1, 2]],
  ]],
  ["a name of nothing but spaces", "[ ]\n", [[[], -1, 0], [[], 0, 1]]],
  [
    "an array of tables, which is nobody's and ends the one before it",
    "[a]\n[[b]]\nx = 1\n\n[c]\ny = [\n1]\n",
    [
      [[], -1, 0],
      [["a"], 0, 1],
      [["c"], 4, 7, [["y"], 5, 7]],
    ],
  ],
  ["an array of tables in front of a table", "[[b]]\n[c]\n", [[[], -1, 0], [["c"], 1, 2]]],
  ["names that are numbers and such", "[1.true]\n2 = 3\n", [
    [[], -1, 0],
    [["1", "true"], 0, 2, [["2"], 1, 2]],
  ]],
  ["what is escaped in front of the end of a text", `a = ["\\\\", "]",\n1]\nb = 1\n`, [
    [[], -1, 3, [["a"], 0, 2], [["b"], 2, 3]],
  ]],
  ["two arrays of tables after each other", "  [[b]]\n[[b]]\n[c]\n", [[[], -1, 0], [["c"], 2, 3]]],
  ["what only looks like a header", "a = [\n[1],\n[2] ]\nb = '[[c]]'\nd = 1\n", [
    [[], -1, 5, [["a"], 0, 3], [["b"], 3, 4], [["d"], 4, 5]],
  ]],
  ["a list in several lines", "a = [\n  1, # ]\n  { b = 2 },\n]\nc = 3\n", [
    [[], -1, 5, [["a"], 0, 4], [["c"], 4, 5]],
  ]],
  ["brackets in texts", `a = ["]", ']', "\\"]",\n1]\nb = "["\nc = '{' # {\nd = 1`, [
    [[], -1, 5, [["a"], 0, 2], [["b"], 2, 3], [["c"], 3, 4], [["d"], 4, 5]],
  ]],
  ["a backslash counts in double quotes only", `a = '\\' # '\nb = "\\\\" # "\nc = 1\n`, [
    [[], -1, 3, [["a"], 0, 1], [["b"], 1, 2], [["c"], 2, 3]],
  ]],
  ["brackets in brackets", "a = [[1,\n[2]],\n{}]\nb = {c = [1]}\n", [
    [[], -1, 4, [["a"], 0, 3], [["b"], 3, 4]],
  ]],
  [
    "a text in several lines",
    `a = """\n[b]\n"x" = 1\n\\"""\n"""\nc = '''\n"""\n[d]\\'''\ne = 1\n`,
    [
      [[], -1, 9, [["a"], 0, 5], [["c"], 5, 8], [["e"], 8, 9]],
    ],
  ],
  [
    "quotes in front of the closing ones",
    `a = """x""""" # "\nb = '''y''''\nc = """"""\nd = ["""z"""", 1,\n2]\ne = 1\n`,
    [
      [[], -1, 6, [["a"], 0, 1], [["b"], 1, 2], [["c"], 2, 3], [["d"], 3, 5], [["e"], 5, 6]],
    ],
  ],
  ["an empty text beside another one", `a = ["", "[",\n"", '']\nb = 1\n`, [
    [[], -1, 3, [["a"], 0, 2], [["b"], 2, 3]],
  ]],
  ["a list without an end", "a = [\n1,\n", [[[], -1, 2, [["a"], 0, 2]]]],
  ["a text without an end", "a = '''\n1\n", [[[], -1, 2, [["a"], 0, 2]]]],
  ["a text of one line without an end", `a = "b\nc = 1\n`, [
    [[], -1, 2, [["a"], 0, 1], [["c"], 1, 2]],
  ]],
];
for (const [what, text, expected] of rows) {
  Deno.test(`the tables of a TOML document are found by their lines: ${what}`, () => {
    const { lines, tables } = scanToml(text);
    assert.equal(lines.join(""), text);
    assert.equal(lines.length, text.split("\n").length - (/^$|\n$/.test(text) ? 1 : 0));
    assert.deepEqual(
      tables.map((
        { path, header, end, keys },
      ) => [path, header, end, ...keys.map(({ path, from, to }) => [path, from, to])]),
      expected,
    );
  });
}
