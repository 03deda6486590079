import assert from "node:assert/strict";
import { parse as parseToml } from "smol-toml";
import { maskToml } from "../../../src/cli/setup/mask_toml.ts";

Deno.test("values that may be secrets are hidden in TOML, whoever's they are, and nothing else", () => {
  const text = `model = "o5"

[mcp_servers.ours]
command = "authful-mcp-proxy"
args = ["https://mcp.company.com/mcp", "--header", "X-Key: s3cret"]

[mcp_servers.ours.env]
OIDC_CLIENT_ID = "abc"
OIDC_CLIENT_SECRET = "s3\\"cret" # behind
OTHER = 's3cret'

[mcp_servers.theirs]
url = "https://other.test/mcp"
bearer_token = "s3cret"
env = { KEY = "s3cret", "OTHER KEY" = 's3cret' }
http_headers = { Authorization = "Bearer s3cret" }
args = [
  "--token", # the token:
  "s3cret",
  "--port", "8080",
]
`;
  const masked = maskToml(text);
  assert.doesNotMatch(masked, /s3/);
  assert.equal(masked.split("\n").length, text.split("\n").length);
  const { model, mcp_servers: servers } = parseToml(masked) as {
    model: string;
    mcp_servers: Record<string, { env: object; args: string[]; url: string }>;
  };
  assert.equal(model, "o5");
  assert.deepEqual({ ...servers.ours.env }, {
    OIDC_CLIENT_ID: "abc",
    OIDC_CLIENT_SECRET: "********",
    OTHER: "********",
  });
  assert.deepEqual(Object.keys(servers.theirs.env), ["KEY", "OTHER KEY"]);
  assert.deepEqual(servers.theirs.args, ["--token", "********", "--port", "8080"]);
  assert.equal(servers.theirs.url, "https://other.test/mcp");
});

/** What stands in the file, and what of it is on the screen; lines that stay are given once. */
const rows: [what: string, lines: (string | [said: string, masked: string])[]][] = [
  ["a variable of ours is shown as such only", [
    "[a.env]",
    'OIDC_CLIENT_ID = "abc"',
    ['KEY = "s3cret"', 'KEY = "********"'],
    "[a.headers]",
    ['OIDC_CLIENT_ID = "s3cret"', 'OIDC_CLIENT_ID = "********"'],
    "[a.http_headers]",
    ['X = "s3cret"', 'X = "********"'],
  ]],
  ["what only sounds like it is shown", [
    "[a.env_of]",
    'KEY = "a"',
    "[my_env]",
    'KEY = "b"',
    "[a]",
    'bearer_token_env_var = "c"',
    'my_bearer_token = "d"',
    'description = "an env"',
    'inner = { my_env = "e", env_of = "f" }',
  ]],
  ["all that stands behind the name, in any quotes or none", [
    "[a]",
    [
      `env = { A = "s3cret", "B C" = 's3cret', D = 4711, E = true }`,
      `env = { A = "********", "B C" = "********", D = "********", E = "********" }`,
    ],
    [
      `http_headers = {"F"="s3cret",'G' = "s3"}`,
      `http_headers = {"F"="********",'G' = "********"}`,
    ],
  ]],
  ["names with dots", [
    ['a.env.KEY = "s3cret"', 'a.env.KEY = "********"'],
    'a.env.OIDC_CLIENT_ID = "abc"',
    ['a.args = ["--token", "s3cret"]', 'a.args = ["--token", "********"]'],
    "[b]",
    ['env.KEY.x = "s3cret"', 'env.KEY.x = "********"'],
    ['env.OIDC_CLIENT_ID.x = "s3cret"', 'env.OIDC_CLIENT_ID.x = "********"'],
    "[env]",
    ['headers = "s3cret"', 'headers = "********"'],
  ]],
  ["servers on one line", [
    "[mcp_servers]",
    [
      'a = { command = "npx", env = { KEY = "s3cret" } }',
      'a = { command = "********", env = { KEY = "********" } }',
    ],
    [`b = {"headers"={X = 's3cret'}}`, `b = {"headers"={X = "********"}}`],
    [`c = { 'x'.env.KEY = "s3cret" }`, `c = { 'x'.env.KEY = "********" }`],
    [`d = {bearer_token="s3cret"}`, `d = {bearer_token="********"}`],
    'e = { command = "env" }',
  ]],
  ["texts of several lines", [
    "[a.env]",
    ['A = """', 'A = "********"'],
    ["s3cret", '"********"'],
    ["= x", '"********"'],
    ['"""', '"********"'],
    ["B  =  '''s3cret", 'B  =  "********"'],
    ["s3cret'''", '"********"'],
    "[b]",
    ['args = ["--token", """s3cret"""]', 'args = "********"'],
    ["env = { A = 's3cret' }", 'env = { A = "********" }'],
    'c = """',
    "kept",
    '"""',
  ]],
  ["arguments in single quotes, and in others", [
    "[a]",
    [
      `args = ['--token', 's3cret', "--port", '8080', "a\\u002fb"]`,
      `args = ['--token', "********", "--port", '8080', "a\\u002fb"]`,
    ],
    'other = ["--token", "kept"]',
  ]],
  ["arguments with what JSON has no escape for", [
    "[a]",
    [
      String.raw`args = ["--token=\U0001F600s3cret", "--port=\U0001F600"]`,
      String.raw`args = ["--token=********", "--port=\U0001F600"]`,
    ],
  ]],
];
for (const [what, lines] of rows) {
  Deno.test(`secrets are hidden in TOML: ${what}`, () => {
    for (const eol of ["\n", "\r\n"]) {
      const [said, masked] = [0, 1].map((at) =>
        lines.map((line) => typeof line === "string" ? line : line[at]).join(eol)
      );
      parseToml(said);
      assert.equal(maskToml(said), masked);
      assert.equal(maskToml(said + eol), masked + eol);
    }
  });
}
