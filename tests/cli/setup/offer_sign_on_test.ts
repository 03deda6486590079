import assert from "node:assert/strict";
import { offeredServer } from "../../../src/cli/setup/offer_sign_on.ts";
import { registrationAdvice } from "../../../src/cli/setup/registration_advice.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import { startExchangeCompany } from "../../support/exchange_company.ts";

async function settingsOf(env: Record<string, string>) {
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => env[name],
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  });
  return settings;
}

Deno.test("the company's sign-on is offered when backend and provider say that they have it", async () => {
  await using company = await startExchangeCompany();
  const { provider, third, server, gateways } = company;
  const env = { MCP_BACKEND_URL: third.url.href, OIDC_ISSUER_URL: provider.issuer };
  const offered = async (more: Record<string, string> = {}) =>
    await offeredServer(await settingsOf({ ...env, ...more }));
  assert.equal(await offered(), server.issuer);
  // Not to whoever has it, nor where the backend has no server, or its server is the provider itself.
  assert.equal(await offered({ MCP_BACKEND_CLIENT_ID: "there" }), undefined);
  assert.equal(await offered({ MCP_BACKEND_URL: gateways[0].url.href }), undefined);
  assert.equal(await offered({ OIDC_ISSUER_URL: server.issuer }), undefined);
  assert.equal(await offered({ OIDC_ISSUER_URL: "" }), undefined);
  assert.equal(provider.count("token") + server.count("token"), 0);
});

Deno.test("what an exchange takes is among what to register", async () => {
  const env = { OIDC_ISSUER_URL: "https://auth.company.test", OIDC_CLIENT_ID: "mcp" };
  const advice = async (more: Record<string, string>) =>
    registrationAdvice(await settingsOf({ ...env, ...more })).join("\n");
  assert.match(
    await advice({ OIDC_EXCHANGE_AUDIENCE: "wiki" }),
    /^grant: token exchange \(RFC 8693\) for wiki$/m,
  );
  assert.match(
    await advice({
      OIDC_EXCHANGE_GRANT: "on-behalf-of",
      OIDC_EXCHANGE_SCOPES: "api://wiki/.default",
    }),
    /^grant: on-behalf-of for api:\/\/wiki\/.default$/m,
  );
  assert.match(
    await advice({ MCP_BACKEND_CLIENT_ID: "there" }),
    /ID-JAGs, with the client id there/,
  );
  for (
    const [use, says] of [
      ["grant", /jwt-bearer \(RFC 7523\)/],
      ["client", /a federated credential/],
      ["subject", /token exchange \(RFC 8693\), trusting/],
    ] as const
  ) assert.match(await advice({ OIDC_FLOW: "workload", OIDC_WORKLOAD_AS: use }), says);
});
