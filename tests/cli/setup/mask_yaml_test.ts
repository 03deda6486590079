import assert from "node:assert/strict";
import { parse } from "yaml";
import { maskYaml } from "../../../src/cli/setup/mask_yaml.ts";

/** What one extension says, and what of it is on the screen; lines that stay are given once. */
const rows: [what: string, lines: (string | [said: string, masked: string])[]][] = [
  ["variables of others, in any quotes or none, and header fields", [
    "envs:",
    ["  A: s3cret", "  A: ********"],
    ["  B: 's3''cret'", "  B: ********"],
    ['  C: "s3\\"cret"', "  C: ********"],
    ["  'D: E': s3cret", "  'D: E': ********"],
    "  OIDC_CLIENT_ID: abc",
    '  "OIDC_SCOPES": openid',
    "headers:",
    ["  X: s3cret", "  X: ********"],
  ]],
  ["a text of several lines, whatever it looks like", [
    "envs:",
    ["  A: |", "  A: ********"],
    ["    # s3cret", "    ********"],
    "",
    "        ",
    ["    OIDC_SCOPES: s3cret", "    ********"],
    "  # kept",
    "  OIDC_SCOPES: >",
    "    openid",
    "    email",
  ]],
  ["variables on one line", [
    ['envs: {"A": "s3cret", "OIDC_ID": "b"}', 'envs: {"A":"********","OIDC_ID":"********"}'],
    "headers: {}",
  ]],
  ["those of ours on one line", [['envs: {"OIDC_SCOPES": "a"}', 'envs: {"OIDC_SCOPES":"a"}']]],
  ["what is not understood", [
    ["envs: {A: s3cret}", "envs: ********"],
    "headers:",
    ["- X: s3cret", "********"],
    ["- s3cret", "********"],
    ["args: [a, --token, s3cret]", "args: ********"],
  ]],
  ["a map in several lines", [
    ["envs: {A: s3cret,", "envs: ********"],
    ["  B: s3cret}", "  B: ********"],
  ]],
  ["arguments on one line", [
    ['args: ["--token", "s3cret", "--port"] # two', 'args: ["--token","********","--port"]'],
  ]],
  ["arguments without a secret stay as they are", ['args: [ "--port",  8080 ] # two']],
  ["arguments on lines of their own", [
    "args: # two",
    "- --token",
    "# the token",
    ["- 's3''cret'", "- ********"],
    "- --port",
    "- 8080",
  ]],
  ["arguments of several lines", [
    "args:",
    ["  - --script", "  - ********"],
    ["  - |", "  - ********"],
    ["    s3cret", "    ********"],
    ["  - ok", "  - ********"],
  ]],
  ["an argument alone", [["args: --token=s3cret", "args: ********"]]],
  ["nothing", ["args:", "envs: # none", "headers:"]],
  ["what else there is", ["cmd: npx", "uri: https://a.test", "description: a s3cret"]],
];
for (const [what, lines] of rows) {
  Deno.test(`secrets are hidden in YAML: ${what}`, () => {
    const [said, masked] = [0, 1].map((at) =>
      [
        "a: 1",
        "extensions:",
        "  one:",
        ...lines.map((line) => typeof line === "string" ? line : line[at])
          .map((line) => line && `    ${line}`),
        "  two:",
      ].map((line) => `${line}\r\n`).join("")
    );
    parse(said);
    assert.equal(maskYaml(`\ufeff${said}`), `\ufeff${masked}`);
  });
}

Deno.test("secrets are hidden in YAML of every extension", () => {
  const envs = (value: string) => `    envs:\n      A: ${value}\n`;
  const text = (value: string) => `extensions:\n  one:\n${envs(value)}  two:\n${envs(value)}`;
  assert.equal(maskYaml(text("s3cret")), text("********"));
});
