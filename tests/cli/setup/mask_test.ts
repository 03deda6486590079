import assert from "node:assert/strict";
import { parse as parseToml } from "smol-toml";
import { maskJson } from "../../../src/cli/setup/mask_json.ts";
import { maskToml } from "../../../src/cli/setup/mask_toml.ts";

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
