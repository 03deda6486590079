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

Deno.test("assertions and proofs are dated in whole seconds, none of them ahead of the provider", async () => {
  const client = confidentialClient("client_secret_jwt");
  await using provider = await startProvider({
    clients: [client],
    configuration: { clientAuthMethods: ["client_secret_jwt"] },
    dpop: "offered",
  });
  const sent: { iat?: unknown; nbf?: unknown; exp?: unknown }[] = [];
  const rig = createRig(provider, {
    clientSecret: client.client_secret,
    dpop: true,
    fetch: async (url, init) => {
      const proof = new Headers(init?.headers).get("dpop");
      const assertion = new URLSearchParams(String(init?.body ?? "")).get("client_assertion");
      for (const jwt of [proof, assertion]) if (jwt) sent.push(unverifiedClaims(jwt));
      return await fetch(url, init);
    },
  });
  await rig.signIn().credential;
  assert.equal(sent.length, 2, "one assertion and one proof");
  for (const { iat, nbf, exp } of sent) {
    for (const time of [iat, nbf ?? iat, exp ?? iat]) {
      assert.ok(Number.isInteger(time), `${time} has a fraction`);
    }
    assert.ok(Number(iat) * 1000 <= Date.now(), "it is issued in the provider's future");
  }
});
