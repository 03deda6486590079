import assert from "node:assert/strict";
import { parse } from "yaml";
import { joined, scalar, scanYaml } from "../../../src/cli/setup/scan_yaml.ts";
import { ProxyError } from "../../../src/base/errors.ts";

/** An extension: its name and lines, and its settings with theirs. */
type Row = [
  name: string,
  from: number,
  to: number,
  values: Record<string, [unknown, number, number]>,
];

interface Found {
  header?: number;
  end?: number;
  indentation?: string;
  /** How far settings are indented, where it is not twice as far. */
  inner?: string;
  members?: Row[];
}

const rows: [what: string, text: string, found: Found][] = [
  ["nothing", "", {}],
  ["no extensions", "a: 1\n# extensions:\nb:\n  extensions:\n", {}],
  ["one line", "a: 1\n", {}],
  ["a mark within", "a: \ufeff1\nb: x --- y\n", {}],
  ["nothing but a name", "extensions:\nb:\n  c: 1\n", { header: 0, end: 1 }],
  [
    "one space, and others before and behind",
    "x:\n y: 1\nextensions:\n a:\n  x: 1  \nz:\n w: 1\n",
    {
      ...{ header: 2, end: 5, indentation: " ", members: [["a", 3, 5, { x: ["1", 4, 5] }]] },
    },
  ],
  ["none yet", "a: 1\nextensions:\n", { header: 1, end: 2 }],
  ["none yet, said in braces", "extensions: {} # none\nb: 2\n", { header: 0, end: 1 }],
  ["none yet, and others behind", "extensions: # none\n\n# b\nb: 2\n", { header: 0, end: 1 }],
  ["a name in quotes, spaces around it", `"extensions" : \n  a:\nb: 1\n`, {
    ...{ header: 0, end: 2, members: [["a", 1, 2, {}]] },
  }],
  ["a document that is marked", "\ufeff---\n# it\n\nextensions:\n  a:\n    enabled: true\n", {
    ...{ header: 3, end: 6, members: [["a", 4, 6, { enabled: ["true", 5, 6] }]] },
  }],
  [
    "several, with comments and blank lines between them",
    "extensions:\n  # one\n  a: # one\n    x: 1\n\n  # two\n  'b c':\n\n    # three\n    x: 2\n    # end\n\n\nz: 1\n",
    {
      header: 0,
      end: 10,
      members: [
        ["a", 2, 4, { x: ["1", 3, 4] }],
        ["b c", 6, 10, { x: ["2", 9, 10] }],
      ],
    },
  ],
  ["other indentations", "extensions:\n    a:\n       x: 1\n       y:\n         z: 2\n    b:\n", {
    header: 0,
    end: 6,
    indentation: "    ",
    inner: "       ",
    members: [["a", 1, 5, { x: ["1", 2, 3], y: [{ z: "2" }, 3, 5] }], ["b", 5, 6, {}]],
  }],
  ["an extension without settings", "extensions:\n  a:\n  # c\n\nz:\n", {
    ...{ header: 0, end: 2, members: [["a", 1, 2, {}]] },
  }],
  [
    "lists, as far left as their name or deeper",
    "extensions:\n  a:\n    args:\n    - x\n    # c\n    - 'y z'\n\n    more:\n      -  1 # one\n      - \"- 2\"\n    cmd: x\n",
    {
      header: 0,
      end: 11,
      members: [["a", 1, 11, {
        args: [["x", "y z"], 2, 6],
        more: [["1", "- 2"], 7, 10],
        cmd: ["x", 10, 11],
      }]],
    },
  ],
  [
    "maps of texts",
    `extensions:\n  a:\n    envs: # these\n      A: b c # d\n      "E F": "g\\"h"\n      'I': 'j''k'\n      L.M: n:o\n`,
    {
      header: 0,
      end: 7,
      members: [["a", 1, 7, { envs: [{ A: "b c", "E F": 'g"h', I: "j'k", "L.M": "n:o" }, 2, 7] }]],
    },
  ],
  [
    "what is not understood",
    "extensions:\n  a:\n    text: |\n      - a\n      b: c\n    mixed:\n      - a\n      b: c\n    folded:\n      a b\n      c: d\n    map: {a: b}\n    lines: |\n      - a\n    pairs: >\n      a: b\n    spaces:\n      a b: c\n    list:\n      - a\n      - b\n      c\n",
    {
      header: 0,
      end: 22,
      members: [["a", 1, 22, {
        text: [undefined, 2, 5],
        mixed: [undefined, 5, 8],
        folded: [undefined, 8, 11],
        map: [undefined, 11, 12],
        lines: [undefined, 12, 14],
        pairs: [undefined, 14, 16],
        spaces: [undefined, 16, 18],
        list: [undefined, 18, 22],
      }]],
    },
  ],
  [
    "what is JSON as well",
    `extensions:\n  a:\n    args: ["x", "y"] # z\n    envs: {"A": "b"}\n    n: null\n`,
    {
      header: 0,
      end: 5,
      members: [["a", 1, 5, {
        args: [["x", "y"], 2, 3],
        envs: [{ A: "b" }, 3, 4],
        n: ["null", 4, 5],
      }]],
    },
  ],
  [
    "settings whose names are quoted or odd, and lines that are none",
    "extensions:\n  a:\n    \"x y\": 1\n    'z': 2\n    a.b-c: 3\n    u v: 4\n    w\n    x:y: 5\n",
    {
      header: 0,
      end: 8,
      members: [["a", 1, 8, { "x y": ["1", 2, 3], z: ["2", 3, 4], "a.b-c": ["3", 4, 5] }]],
    },
  ],
  [
    "lines of spaces, and a comment that is not indented",
    "extensions:\n  a:\n      \n# c\n    x: 1\n   # d\n  \nz: 1\n",
    {
      ...{ header: 0, end: 5, members: [["a", 1, 5, { x: ["1", 4, 5] }]] },
    },
  ],
];
for (const [what, text, found] of rows) {
  Deno.test(`the extensions of a YAML document are found by their lines: ${what}`, () => {
    const { indentation = "  ", inner = indentation.repeat(2), members = [] } = found;
    for (const [eol, end] of [["\n", "\n"], ["\r\n", "\r\n"], ["\n", ""]]) {
      const whole = text.replace(/\n$/, "").replaceAll("\n", eol) + (text && end);
      const scanned = scanYaml(whole);
      assert.deepEqual(
        {
          ...scanned,
          members: scanned.members.map(({ name, from, to, values }) => [
            ...[name, from, to],
            Object.fromEntries(
              [...values].map(([key, { value, from, to }]) => [key, [value, from, to]]),
            ),
          ]),
        },
        {
          lines: text.replace(/^\ufeff/, "").split("\n").slice(0, -1),
          eol: whole.includes("\r\n") ? "\r\n" : "\n",
          header: found.header,
          end: found.end ?? 0,
          indentation,
          members,
        },
      );
      for (const member of scanned.members) {
        const isEmpty = member.to === member.from + 1;
        assert.equal(member.indentation, isEmpty ? indentation.repeat(2) : inner);
      }
      assert.equal(joined(scanned.lines, { text: whole, eol }), whole && whole + (end ? "" : eol));
    }
  });
}

const refused: [what: string, text: string, why: string][] = [
  ["two documents", "a: 1\n---\nextensions: {}\n", "has several documents in it"],
  [
    "two documents, the second one marked and more",
    "a: 1\n--- # b\nc: 1\n",
    "has several documents in it",
  ],
  ["an end", "a: 1\n...\n", "has several documents in it"],
  ["a name twice", `extensions: {}\n'extensions' : {}\n`, 'has "extensions" twice'],
  [
    "an extension twice",
    `extensions:\n  a:\n  b:\n  "a":\n`,
    'has the extension "a" twice',
  ],
  ["a setting twice", `extensions:\n  a:\n    x: 1\n    'x': 2\n`, 'has "x" twice'],
  ["all on one line", "extensions: {a: {enabled: true}} # c\n", 'has "extensions" on one line'],
  ["a value beside it", "extensions: &a\n  b:\n", 'has "extensions" on one line'],
  [
    "an extension on one line",
    "a: 1\nextensions:\n  b:\n    x: 1\n  c: {enabled: true}\n",
    "has an extension on one line, line 5",
  ],
  ["tabs", "extensions:\n\ta:\n\t\tb: 1\n", "is indented with tabs"],
  ["tabs further in", "extensions:\n  a:\n    \tb: 1\n", "is indented with tabs"],
];
for (const [what, text, why] of refused) {
  Deno.test(`a YAML document is refused, not rewritten, with ${what}`, () => {
    assert.throws(() => scanYaml(text), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(
        error.what,
        `the configuration file ${why}, in a form that cannot be changed without touching the rest`,
      );
      return true;
    });
  });
}

for (
  const text of [
    '{"extensions": {}}',
    "- a",
    "[a]",
    "[a] # b",
    "extensions",
    "a",
    '"a',
    "&a b: 1",
    "*a : 1",
    "!a b: 1",
    "|",
    "> a",
    "%YAML 1.2",
    "@a: 1",
    "`a: 1",
    " a: 1",
    "a:b",
    "? a",
  ]
) {
  Deno.test(`${text} is no YAML in block style`, () => {
    assert.throws(() => scanYaml(`# c\n\n${text}\n`), {
      message: /^Configuration error: the configuration file is not YAML in block style\./,
    });
  });
}

Deno.test("a mark that has its document on the same line is no YAML in block style", () => {
  assert.throws(() => scanYaml("--- {a: 1}\n"), /is not YAML in block style\./);
});

Deno.test("block style has names in quotes, comments and a mark in front", () => {
  for (const text of ['"a": 1', "'a' : 1", "a b:", "--- \na: 1", "  # c\na: 1", "\n   \na: 1"]) {
    parse(text);
    assert.equal(scanYaml(text).header, undefined, text);
  }
});

const scalars: [text: string, value: unknown][] = [
  ["a b", "a b"],
  ["a # b", "a"],
  ["a  # b # c", "a"],
  ["a#b", "a#b"],
  ["3", "3"],
  ["", ""],
  ['"a\\nb"', "a\nb"],
  ['"a # b"', "a # b"],
  ['"a \\" # b" # c', 'a " # b'],
  ['"a', undefined],
  [`"a 'b' # c"`, "a 'b' # c"],
  ["rock 'n'", "rock 'n'"],
  ["'a''b'", "a'b"],
  ["'a # b'", "a # b"],
  ["'a '' # b' # c '", "a ' # b"],
  ['["a", 1] # b', ["a", 1]],
  ["[a]", undefined],
  ['{"a": "b"}  # c', { a: "b" }],
  ["{a: b}", undefined],
  ["x ['a'] # b", "x ['a']"],
];
for (const [text, value] of scalars) {
  Deno.test(`${text} is read as YAML has it`, () => assert.deepEqual(scalar(text), value));
}
