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
