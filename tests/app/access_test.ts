import assert from "node:assert/strict";
import { identityOf } from "../../src/app/access.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { identityKey } from "../../src/credentials/identity.ts";

const basis = {
  MCP_BACKEND_URL: "https://mcp.example/mcp",
  OIDC_ISSUER_URL: "https://auth.example",
  OIDC_CLIENT_ID: "client",
};

async function keyOf(env: Record<string, string>): Promise<string> {
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => ({ ...basis, ...env })[name],
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  });
  return identityKey(identityOf(settings));
}

Deno.test("what makes a token another one makes a sign-in of its own", async () => {
  const changes: Record<string, string>[] = [
    {},
    { OIDC_ISSUER_URL: "https://auth.example/tenant" },
    { OIDC_CLIENT_ID: "other" },
    { OIDC_SCOPES: "openid tools" },
    { OIDC_RESOURCE: "https://mcp.example/mcp" },
    { OIDC_AUDIENCE: "https://mcp.example/mcp" },
    { OIDC_AUTH_PARAMS: "organization=one" },
    { OIDC_TOKEN_PARAMS: "organization=one" },
    { OIDC_TOKEN_PARAMS: "organization=two" },
    { OIDC_TOKEN: "id" },
    { OIDC_DPOP: "true" },
    { OIDC_FLOW: "client-credentials" },
    { MCP_PROXY_PROFILE: "work" },
  ];
  const keys = await Promise.all(changes.map(keyOf));
  assert.equal(new Set(keys).size, changes.length, keys.join("\n"));
});

Deno.test("what does not is shared", async () => {
  const changes: Record<string, string>[] = [
    { MCP_BACKEND_URL: "https://elsewhere.example/mcp" },
    { OIDC_ISSUER_URL: "https://auth.example/" },
    { OIDC_SCOPES: "email openid profile" },
    { OIDC_CLIENT_SECRET: "s3cr3t" },
    { OIDC_FLOW: "device" },
    { OIDC_REDIRECT_URL: "http://localhost:9090/callback" },
    { MCP_PROXY_LOGIN_TIMEOUT: "7" },
  ];
  const keys = await Promise.all([{}, ...changes].map(keyOf));
  assert.equal(new Set(keys).size, 1, keys.join("\n"));
});
