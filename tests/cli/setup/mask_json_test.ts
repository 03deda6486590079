import assert from "node:assert/strict";
import { maskJson } from "../../../src/cli/setup/mask_json.ts";

Deno.test("values that may be secrets are hidden in JSON, whoever's they are, and nothing else", () => {
  const text = `\ufeff{
  // a comment with s3cret in it is no value
  "mcpServers": {
    "ours": {
      "command": "authful-mcp-proxy",
      "args": ["https://mcp.company.com/mcp", "--header", "X-Key: s3cret", "--oidc-client-secret=s3cret"],
      "env": { "OIDC_CLIENT_ID": "abc", "OIDC_CLIENT_SECRET": "s3\\"cr\\\\et", "MCP_PROXY_HEADERS": "A: s3cret\\nB: s3cret", "GITHUB_TOKEN": "s3cret" }
    },
    "theirs": {
      "url": "https://other.test/mcp",
      "headers": { "Authorization": "Bearer s3cret" },
      "args": ["--api-key", "s3cret", "--port", "8080", "--token=s3cret"],
    },
  },
  "servers": { "tools": { "backendUrl": "https://mcp.company.com/mcp", "oidcClientSecret": "s3cret", "headers": ["X: s3cret", "Y: s3cret"], "oidcTokenParams": ["a=s3cret"] } }
}
`;
  const masked = maskJson(text);
  assert.equal(masked.split("\n").length, text.split("\n").length);
  assert.equal(masked.match(/s3/g)?.length, 1, masked);
  for (const kept of ["abc", "https://mcp.company.com/mcp", "https://other.test/mcp", "8080"]) {
    assert.ok(masked.includes(kept), kept);
  }
  assert.ok(masked.startsWith("\ufeff{"));
});

const rows: [what: string, text: string, masked: string][] = [
  [
    "variables, under both names that clients have for them",
    `{"env": {"KEY": "s3cret", "OIDC_CLIENT_ID": "abc"}, "environment": {"KEY": "s3cret"}}`,
    `{"env": {"KEY": "********", "OIDC_CLIENT_ID": "abc"}, "environment": {"KEY": "********"}}`,
  ],
  [
    "a variable of ours is shown as such only",
    `{"headers": {"OIDC_CLIENT_ID": "s3cret"}}`,
    `{"headers": {"OIDC_CLIENT_ID": "********"}}`,
  ],
  [
    "arguments, and a command that is a list with them",
    `{"args": ["--token", "s3cret"], "command": ["npx", "--token=s3cret"]}`,
    `{"args": ["--token", "********"], "command": ["npx", "--token=********"]}`,
  ],
  [
    "what is no secret stays letter by letter",
    String.raw`{"args": [8080, "a\/b", "--port"], "command": "npx --token x", "env": {}}`,
    String.raw`{"args": [8080, "a\/b", "--port"], "command": "npx --token x", "env": {}}`,
  ],
  [
    "members of arguments that are no list",
    `{"args": {"token": "shown"}, "command": {"a": "--token"}, "x": ["--token", "shown"]}`,
    `{"args": {"token": "shown"}, "command": {"a": "--token"}, "x": ["--token", "shown"]}`,
  ],
  [
    "values that are no texts",
    `{"env": {"A": 4711, "B": null, "C": [1, "s3cret"]}}`,
    `{"env": {"A": "********", "B": "********", "C": ["********", "********"]}}`,
  ],
  [
    "a list of other things that have secrets in them",
    `{"list": [{"env": {"A": "s3cret"}}, "shown", [{"headers": {"A": "s3cret"}}]]}`,
    `{"list": [{"env": {"A": "********"}}, "shown", [{"headers": {"A": "********"}}]]}`,
  ],
  [
    "behind a trailing comma",
    `{"env": {"A": "s3cret",}, "headers": {"B": "s3cret"},}`,
    `{"env": {"A": "********",}, "headers": {"B": "********"},}`,
  ],
  ["a text that is all there is", `"s3cret"`, `"s3cret"`],
  ["a name without a value", `{"env": {"A": "s3cret", "B"`, `{"env": {"A": "********", "B"`],
  ["nothing", "", ""],
  ["a mark at the beginning", `\ufeff{"env":{"A":"s3cret"}}`, `\ufeff{"env":{"A":"********"}}`],
  ["a mark at the end", `{"env":{"A":"s3cret"}}\ufeff`, `{"env":{"A":"********"}}\ufeff`],
];
for (const [what, text, masked] of rows) {
  Deno.test(`secrets are hidden in JSON: ${what}`, () => assert.equal(maskJson(text), masked));
}
