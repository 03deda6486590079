import assert from "node:assert/strict";
import { parse } from "yaml";
import { ProxyError } from "../../../src/base/errors.ts";
import { inheritedVariables } from "../../../src/cli/setup/inherited_variables.ts";
import type { ServerEntry } from "../../../src/cli/setup/server_entry.ts";
import { yamlFormat } from "../../../src/cli/setup/yaml_format.ts";

const entry: ServerEntry = {
  name: "company-tools",
  command: "C:\\Program Files\\authful-mcp-proxy.exe",
  args: ["https://mcp.company.com/mcp?a=1#b", 'with "quotes"'],
  env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "id: with #" },
  inherited: inheritedVariables("linux"),
};
const add = (text: string | undefined) => yamlFormat.add(text, entry) as string;
const remove = (text: string) => yamlFormat.remove(text, entry.name) as string;
const asGooseHasIt = { cmd: entry.command, args: entry.args, envs: entry.env };

const documents: Record<string, string> = {
  "no extensions": "GOOSE_MODEL: a\n",
  "none yet": "extensions: {}\nGOOSE_MODEL: a\n",
  "extensions last": "a: 1\nextensions:\n  developer:\n    enabled: true\n    type: builtin\n",
  "four spaces": "extensions:\n    developer:\n        enabled: true\nz: 1\n",
  "no line break at the end": "extensions:\n  developer:\n    enabled: true",
  "CRLF": "extensions:\r\n  developer:\r\n    enabled: true\r\nz: 1\r\n",
  "a mark": "\ufeff---\nextensions:\n  developer:\n    enabled: true\n",
  "texts in lines": "prompt: |\n  extensions:\n    not: this\n\n  more\nextensions:\n" +
    "  developer:\n    description: >\n      folded\n        deeper\n\n      text\n    enabled: true\n",
  "quoted names":
    "extensions:\n  \"my tools\":\n    enabled: true\n  'other':\n    args:\n    - a\n",
};
for (const [what, text] of Object.entries(documents)) {
  Deno.test(`a Goose configuration with ${what} gets the server, and nothing else changes`, () => {
    const before = parse(text.replace("\ufeff", "")) ?? {};
    const after = add(text);
    const now = parse(after.replace("\ufeff", ""));
    const { [entry.name]: added, ...others } = now.extensions;
    assert.deepEqual({ ...before, extensions: before.extensions ?? {} }, {
      ...now,
      extensions: others,
    });
    const { cmd, args, envs } = added;
    assert.deepEqual({ cmd, args, envs }, asGooseHasIt);
    assert.equal(add(after), after, "a second time changes nothing");
    assert.deepEqual(parse(remove(after).replace("\ufeff", "")).extensions, others);
    assert.equal(/[^\r]\n/.test(after), !text.includes("\r\n"), "the line breaks stay");
  });
}

Deno.test("what Goose makes of our entry when it writes the file anew is still the same to us", () => {
  const rewritten = [
    "extensions:",
    "  company-tools:",
    "    available_tools: []",
    "    bundled: null",
    "    cmd: C:\\Program Files\\authful-mcp-proxy.exe",
    "    args:",
    "    - https://mcp.company.com/mcp?a=1#b",
    '    - with "quotes"',
    "    envs:",
    "      OIDC_ISSUER_URL: https://auth.company.com",
    "      OIDC_CLIENT_ID: 'id: with #'",
    "    enabled: true",
    "    env_keys: []",
    "    type: stdio",
    "",
  ].join("\n");
  assert.deepEqual(parse(rewritten).extensions["company-tools"].args, entry.args);
  assert.equal(add(rewritten), rewritten);
  const [read] = yamlFormat.entries(rewritten) as ServerEntry[];
  assert.deepEqual([read.command, read.args, read.env], [entry.command, entry.args, entry.env]);
});

const refused: [what: string, text: string, why: RegExp][] = [
  ["extensions on one line", "extensions: {a: {enabled: true}}\n", /on one line/],
  ["an extension on one line", "extensions:\n  a: {enabled: true}\n", /extension on one line/],
  ["two documents", "a: 1\n---\nextensions: {}\n", /several documents/],
  ["a name twice", "extensions: {}\nextensions: {}\n", /"extensions" twice/],
  ["tabs", "extensions:\n\ta:\n\t\tb: 1\n", /indented with tabs/],
  ["JSON", '{"extensions": {}}\n', /not YAML in block style/],
];
for (const [what, text, why] of refused) {
  Deno.test(`a Goose configuration with ${what} is refused, not rewritten`, () => {
    assert.throws(
      () => add(text),
      (error) => error instanceof ProxyError && why.test(error.message),
    );
  });
}

Deno.test("secrets in a Goose configuration are not on the screen", () => {
  const shown = yamlFormat.masked(
    "extensions:\n  a:\n    cmd: npx\n    args:\n    - --api-key\n    - key-4711\n    envs:\n" +
      '      TOKEN: hush-1\n      OIDC_CLIENT_ID: company\n  b:\n    envs: {"X":"hush-2"}\n',
  );
  assert.doesNotMatch(shown, /4711|hush/);
  assert.match(shown, /OIDC_CLIENT_ID: company/);
});

const tools = { ...entry, command: "proxy", args: ["a"], env: { A: "b" } };
/** What a server of ours is in Goose's file. */
const written = [
  "  company-tools:",
  ...["enabled: true", "type: stdio", "name: company-tools", 'cmd: "proxy"', 'args: ["a"]'],
  ...["envs:", '  A: "b"', "env_keys: []", "timeout: 300"],
].map((line, at) => at === 0 ? line : `    ${line}`);

const additions: [what: string, before: string[], after: string[]][] = [
  ["no file", [], ["extensions:", ...written]],
  ["others", ["a: 1"], ["a: 1", "extensions:", ...written]],
  ["extensions that are none yet", ["extensions: {} # none", "a: 1"], [
    "extensions:",
    ...written,
    "a: 1",
  ]],
  ["extensions with nothing in them", ["  ", "extensions:  ", "# a", "a: 1"], [
    ...["  ", "extensions:  "],
    ...written,
    ...["# a", "a: 1"],
  ]],
  ["another extension", ["extensions: # mine", "  b:", "    x: 1", "", "# a", "a: 1"], [
    ...["extensions:", "  b:", "    x: 1"],
    ...written,
    ...["", "# a", "a: 1"],
  ]],
  ["less than all of ours", ["extensions:", "  company-tools:", "    x: 1", "  b:"], [
    ...["extensions:", "  company-tools:", "    x: 1"],
    ...['    cmd: "proxy"', '    args: ["a"]', "    envs:", '      A: "b"', "  b:"],
  ]],
  ["nothing of ours", ["extensions:", "  company-tools:", "  b:"], [
    "extensions:",
    "  company-tools:",
    ...['    cmd: "proxy"', '    args: ["a"]', "    envs:", '      A: "b"', "  b:"],
  ]],
  ["an older one in another order", [
    ...["extensions:", "   company-tools:", "     envs:", "       OIDC_SCOPES: x", "       C: 3"],
    ...["     # what", "     args:", "     - old", "     enabled: false", "     cmd: old", "# end"],
  ], [
    ...["extensions:", "   company-tools:", "     envs:", '       C: "3"', '       A: "b"'],
    ...["     # what", '     args: ["a"]', "     enabled: false", '     cmd: "proxy"', "# end"],
  ]],
  ["the same in another form", [
    ...["extensions:", "  company-tools:", "    cmd: proxy # ours", "    args:", "    - a"],
    ...["    envs:", "      'A': b"],
  ], [
    ...["extensions:", "  company-tools:", "    cmd: proxy # ours", "    args:", "    - a"],
    ...["    envs:", "      'A': b"],
  ]],
];
for (const [what, before, after] of additions) {
  Deno.test(`Goose's file gets the server where it has ${what}`, () => {
    const text = (lines: string[], eol: string) => lines.map((line) => line + eol).join("");
    for (const [mark, eol] of [["", "\n"], ["\ufeff", "\r\n"]]) {
      if (before.length === 0 && mark) continue;
      const added = yamlFormat.add(mark + text(before, eol), tools);
      assert.equal(added, mark + text(after, before.length === 0 ? "\n" : eol));
      parse(added as string);
    }
  });
}

Deno.test("what is as it is to be in Goose's file stays, an end without a line break, too", () => {
  const text =
    `extensions:\n  company-tools:\n    cmd: proxy\n    args: [ "a" ]\n    envs: {"A": "b"}`;
  assert.equal(yamlFormat.add(text, tools), text);
  assert.equal(yamlFormat.remove(text, "other"), text);
});

Deno.test("variables have their names as YAML needs them, and none are an empty map", () => {
  const lines = (env: Record<string, string>) =>
    (yamlFormat.add(undefined, { ...tools, env }) as string).split("\n").slice(7, -3);
  assert.deepEqual(lines({}), ["    envs: {}"]);
  assert.deepEqual(lines({ A_1: "x" }), ["    envs:", '      A_1: "x"']);
  assert.deepEqual(lines({ "A B": "x", "é": "y", "C:": "z" }), [
    ...["    envs:", '      "A B": "x"', '      "é": "y"', '      "C:": "z"'],
  ]);
});

Deno.test("a server is taken out of Goose's file, and the last one leaves a map", () => {
  const rows: [before: string, after: string][] = [
    ["extensions:\n  company-tools:\n    x: 1\n\n# a\na: 1\n", "extensions: {}\n\n# a\na: 1\n"],
    ["extensions:\n  b:\n  company-tools:\n    x: 1\n  c:\n", "extensions:\n  b:\n  c:\n"],
    ["extensions: {}\n", "extensions: {}\n"],
    ["", ""],
  ];
  for (const [before, after] of rows) assert.equal(remove(before), after);
});

Deno.test("the servers that Goose starts are read", () => {
  const text = `extensions:
  a:
    cmd: npx
    args:
      - -y
    envs:
      A: 3
  builtin:
    enabled: true
`;
  assert.deepEqual(yamlFormat.entries(text), [
    { name: "a", command: "npx", args: ["-y"], env: { A: "3" }, inherited: [] },
  ]);
});

const unreadable: [what: string, entry: Partial<ServerEntry>][] = [
  ["name", { name: "a # b" }],
  ["command", { command: "a\u2028b" }],
  ["arguments", { args: ["a] # b"] }],
  ["variables", { env: { 'a" b': "c" } }],
];
for (const [what, odd] of unreadable) {
  Deno.test(`a server whose ${what} could not be read back is not written to Goose's file`, () => {
    const { name = "company-tools" } = odd;
    assert.throws(() => yamlFormat.add(undefined, { ...tools, ...odd }), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(
        error.what,
        `the configuration file has the extension ${JSON.stringify(name)}, in a form that cannot ` +
          "be changed without touching the rest",
      );
      return true;
    });
  });
}
