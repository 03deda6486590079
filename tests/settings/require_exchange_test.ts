import assert from "node:assert/strict";
import { idleBackendSettings, requireExchange } from "../../src/settings/require_exchange.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import type { Settings } from "../../src/settings/settings.ts";

const { settings: defaults } = await resolveSettings({
  flags: {},
  getEnv: () => undefined,
  readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
});
const backendUrl = new URL("https://mcp.company.com/");
const given = (more: Partial<Settings>): Settings => ({ ...defaults, ...more });

const fine: [what: string, more: Partial<Settings>][] = [
  ["nothing of it", {}],
  ["on-behalf-of without a client at the backend's server", { oidcExchangeGrant: "on-behalf-of" }],
  ["no openid without one", { noOpenid: true }],
  ["a client id with a backend", { backendClientId: "x", backendUrl }],
  ["no openid of a workload", {
    backendClientId: "x",
    backendUrl,
    noOpenid: true,
    oidcFlow: "workload",
  }],
];
for (const [what, more] of fine) {
  Deno.test(`an exchange fits together: ${what}`, () => {
    const settings = given(more);
    assert.equal(requireExchange(settings), settings);
  });
}

const contradictions: [more: Partial<Settings>, what: string, fix: string][] = [
  [
    { oidcToken: "id" },
    "the backend cannot be shown both the ID token (OIDC_TOKEN) and the token of an exchange",
    "leave OIDC_TOKEN out, or the settings of the exchange",
  ],
  [
    { backendClientId: "x", backendUrl, oidcExchangeGrant: "on-behalf-of" },
    "on-behalf-of brings no ID-JAG, which the authorization server of MCP_BACKEND_CLIENT_ID takes",
    "leave OIDC_EXCHANGE_GRANT or MCP_BACKEND_CLIENT_ID out",
  ],
  [
    { backendClientId: "x", backendUrl, noOpenid: true },
    "an ID-JAG is exchanged for an ID token, which OIDC_NO_OPENID leaves out",
    "leave OIDC_NO_OPENID out",
  ],
];
for (const [more, what, fix] of contradictions) {
  Deno.test(`an exchange does not fit together: ${what}`, () => {
    assert.throws(() => requireExchange(given(more)), {
      category: "Configuration error",
      reason: "invalid_setting",
      what,
      fix,
    });
  });
}

Deno.test("a client id at the backend's server needs the backend", () => {
  assert.throws(() => requireExchange(given({ backendClientId: "x" })), {
    reason: "missing_setting",
    what: "missing setting: MCP_BACKEND_URL (URL of the remote MCP server)",
  });
});

Deno.test("what belongs to the client at the backend's server has no effect without its id", () => {
  const all = {
    backendClientSecret: "s",
    backendClientSecretFile: "f",
    backendClientKeyFile: "k",
    backendIssuerUrl: new URL("https://as.company.com"),
  };
  assert.deepEqual(idleBackendSettings(given(all)), [
    "MCP_BACKEND_CLIENT_SECRET",
    "MCP_BACKEND_CLIENT_SECRET_FILE",
    "MCP_BACKEND_CLIENT_KEY_FILE",
    "MCP_BACKEND_ISSUER_URL",
  ]);
  assert.deepEqual(idleBackendSettings(given({ backendClientKeyFile: "k" })), [
    "MCP_BACKEND_CLIENT_KEY_FILE",
  ]);
  assert.deepEqual(idleBackendSettings(given({ ...all, backendClientId: "x" })), []);
  assert.deepEqual(idleBackendSettings(given({})), []);
});
