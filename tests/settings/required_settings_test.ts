import { strictEqual, throws } from "node:assert/strict";
import { requireSettings } from "../../src/settings/required_settings.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";

const { settings } = await resolveSettings({
  flags: {},
  getEnv: (name) => name === "OIDC_CLIENT_ID" ? "abc" : undefined,
  readTextFile: () => Promise.reject(new Error("no file is read")),
});

Deno.test("what is missing is named by flag and by variable, all of it at once", () => {
  throws(() => requireSettings(settings, ["backendUrl", "oidcIssuerUrl", "oidcClientId"]), {
    reason: "missing_setting",
    message:
      "Configuration error: missing settings: MCP_BACKEND_URL (URL of the remote MCP server)," +
      " OIDC_ISSUER_URL (issuer of the OpenID Provider, unless the backend advertises it)." +
      " Fix: give the URL as the argument MCP_BACKEND_URL or set MCP_BACKEND_URL;" +
      " pass --oidc-issuer-url or set OIDC_ISSUER_URL;" +
      " or run authful-mcp-proxy setup, which asks.",
  });
});

Deno.test("the URL of a backend may do instead of what is missing", () => {
  throws(() => requireSettings(settings, ["oidcIssuerUrl", "oidcClientId"]), {
    message: /set OIDC_ISSUER_URL; or give the URL of the backend, which may name them\.$/,
  });
});

Deno.test("a single setting is told as one, and by its variable where a flag is none", () => {
  throws(() => requireSettings({ ...settings, oidcClientId: undefined }, ["oidcClientId"]), {
    category: "Configuration error",
    message: "Configuration error: missing setting: OIDC_CLIENT_ID (client id registered at the " +
      "provider, unless it registers clients by itself). Fix: pass --oidc-client-id or set " +
      "OIDC_CLIENT_ID; or give the URL of the backend, which may name them.",
  });
  const backendUrl = new URL("https://mcp.example/");
  throws(() => requireSettings({ ...settings, backendUrl }, ["oidcIssuerUrl"]), {
    fix: "pass --oidc-issuer-url or set OIDC_ISSUER_URL",
  });
});

Deno.test("what is there is handed on", () => {
  strictEqual(requireSettings(settings, ["oidcClientId"]).oidcClientId, "abc");
});
