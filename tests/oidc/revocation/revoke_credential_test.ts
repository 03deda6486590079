import assert from "node:assert/strict";
import type { TokenFate } from "../../../src/oidc/revocation/revoke_credential.ts";
import { type ProviderAnswer, startProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

const { signal } = new AbortController();

Deno.test("an ID token in the place of the access token is not taken for revoked", async () => {
  await using provider = await startProvider({ revocation: true });
  const { client, signIn } = createRig(provider, { presentedToken: "id" });
  const credential = await signIn().credential;
  assert.deepEqual(await client.revoke(credential, signal), {
    refreshToken: "revoked",
    accessToken: "kept",
  });
  const [sent, ...more] = provider.requests.filter(({ endpoint }) => endpoint === "revocation");
  assert.equal(sent.parameters.get("token"), credential.refreshToken);
  assert.deepEqual(more, []);
});

/** Answers to the second request, for the access token, after the refresh token was revoked. */
const answers: Record<string, [ProviderAnswer, TokenFate]> = {
  "200 with an error in it (Keycloak 26)": [{
    status: 200,
    body: { error: "invalid_token", error_description: "Invalid token" },
  }, "revoked"],
  "200 with HTML (Django OAuth Toolkit 3)": [{
    status: 200,
    headers: { "content-type": "text/html" },
    body: "",
  }, "revoked"],
  "204": [{ status: 204 }, "revoked"],
  "400 invalid_token": [{ status: 400, body: { error: "invalid_token" } }, "revoked"],
  "400 unsupported_token_type (oidc-provider 9)": [{
    status: 400,
    body: {
      error: "unsupported_token_type",
      error_description: "Structured JWT Tokens cannot be revoked via the revocation_endpoint",
    },
  }, "kept"],
};
for (const [name, [answer, fate]] of Object.entries(answers)) {
  Deno.test(`an access token whose revocation is answered with ${name} is ${fate}`, async () => {
    await using provider = await startProvider({ revocation: true });
    const { client, signIn } = createRig(provider);
    const credential = await signIn().credential;
    provider.intercept(({ endpoint, parameters }) =>
      endpoint === "revocation" && parameters.get("token_type_hint") === "access_token"
        ? answer
        : undefined
    );
    assert.deepEqual(await client.revoke(credential, signal), {
      refreshToken: "revoked",
      accessToken: fate,
    });
  });
}

Deno.test("an error about one token leaves the other revoked", async () => {
  await using provider = await startProvider({ revocation: true });
  const { client, signIn } = createRig(provider);
  const credential = await signIn().credential;
  provider.intercept(({ endpoint, parameters }) =>
    endpoint === "revocation"
      ? parameters.get("token_type_hint") === "refresh_token"
        ? { status: 400, body: { error: "invalid_request" } }
        : { status: 200 }
      : undefined
  );
  const { error, ...fates } = await client.revoke(credential, signal);
  assert.deepEqual(fates, { refreshToken: "kept", accessToken: "revoked" });
  assert.equal(error?.reason, "invalid_request");
});

Deno.test("a provider that cannot be asked for its other document is not said to revoke nothing", async () => {
  await using provider = await startProvider();
  const { client, signIn } = createRig(provider);
  const credential = await signIn().credential;
  await provider.down();
  assert.equal((await failure(client.revoke(credential, signal))).reason, "provider_unreachable");
});
