import assert from "node:assert/strict";
import { unverifiedClaims } from "../../../src/oidc/discovery/issuer_template.ts";
import { confidentialClient, startProvider } from "../../support/provider.ts";
import { createRig } from "../rig.ts";

Deno.test("a provider that wants assertions for its token endpoint gets them", async () => {
  const client = confidentialClient("client_secret_jwt");
  await using provider = await startProvider({
    clients: [client],
    configuration: { clientAuthMethods: ["client_secret_jwt"] },
    dpop: "nonce",
  });
  const audiences: unknown[] = [];
  provider.intercept(({ endpoint, parameters }) => {
    if (endpoint !== "token") return undefined;
    const { aud } = unverifiedClaims(parameters.get("client_assertion") ?? "");
    audiences.push(aud);
    if (aud === `${provider.issuer}/token`) return undefined;
    return {
      status: 401,
      body: {
        error: "invalid_client",
        // As Okta says it.
        error_description:
          "The audience claim for client_assertion must be the endpoint invoked for the request.",
      },
    };
  });
  const rig = createRig(provider, { clientSecret: client.client_secret, dpop: true });
  const credential = await rig.signIn().credential;
  assert.equal(credential.claims?.sub, "ada");
  assert.equal(audiences[0], provider.issuer);
  await rig.client.refresh(credential, new AbortController().signal);
  assert.deepEqual(new Set(audiences.slice(1)), new Set([`${provider.issuer}/token`]));
});
