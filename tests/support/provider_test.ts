import assert from "node:assert/strict";
import * as oauth from "@panva/oauth4webapi";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { createPerson } from "./person.ts";
import { confidentialClient, publicClient, startProvider, type TestProvider } from "./provider.ts";

const insecure = { [oauth.allowInsecureRequests]: true } as const;
const client: oauth.Client = { client_id: publicClient.client_id };

/** Signs in as the program under test would, with the library that it uses. */
async function signIn(provider: TestProvider, person = createPerson(), auth = oauth.None()) {
  const issuer = new URL(provider.issuer);
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, insecure),
  );
  await using listener = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("signed in"),
  );
  const redirectUri = `http://127.0.0.1:${listener.addr.port}/auth/callback`;
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(as.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: "a-state",
  }).toString();
  const page = await person.visit(url);
  assert.equal(page.html, "signed in");
  const parameters = oauth.validateAuthResponse(as, client, page.url, "a-state");
  const answer = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    parameters,
    redirectUri,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer);
  const refresh = async (token = tokens.refresh_token ?? "") =>
    await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, auth, token, insecure),
    );
  return { as, tokens, refresh };
}

Deno.test("the provider signs a person in and issues JWTs for the audience", async () => {
  await using provider = await startProvider({ accessTokenTtl: 7 });
  const { tokens } = await signIn(provider, createPerson({ login: "grace" }));
  assert.equal(tokens.expires_in, 7);
  assert.ok(tokens.refresh_token);
  const keys = createRemoteJWKSet(new URL(provider.jwksUri));
  const { payload } = await jwtVerify(tokens.access_token, keys, {
    issuer: provider.issuer,
    audience: provider.audience,
  });
  assert.equal(payload.sub, "grace");
  assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.email, "grace@company.test");
  assert.equal(provider.count("authorization"), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  assert.equal(provider.count("token", "refresh_token"), 0);
  for (const secret of [tokens.access_token, tokens.refresh_token, tokens.id_token]) {
    assert.ok(Object.values(provider.secrets).some((set) => set.has(secret ?? "")));
  }
  assert.equal(provider.secrets.code.size, 1);
  assert.equal(provider.secrets.code_verifier.size, 1);
});

Deno.test("the provider rotates refresh tokens and can revoke them", async () => {
  await using provider = await startProvider();
  const { tokens, refresh } = await signIn(provider);
  const renewed = await refresh();
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
  provider.revokeRefreshTokens();
  await assert.rejects(refresh(renewed.refresh_token), { error: "invalid_grant" });
});

Deno.test("the provider goes down and comes up on the same port", async () => {
  await using provider = await startProvider();
  const { refresh } = await signIn(provider);
  await provider.down();
  await assert.rejects(refresh());
  await provider.up();
  assert.ok((await refresh()).access_token);
});

Deno.test("an interceptor answers in the provider's place", async () => {
  await using provider = await startProvider();
  const { refresh } = await signIn(provider);
  provider.intercept((request) =>
    request.grantType === "refresh_token"
      ? { status: 503, headers: { "retry-after": "2" }, body: { error: "temporarily_unavailable" } }
      : undefined
  );
  await assert.rejects(refresh());
  assert.equal(provider.requests.at(-1)?.status, 503);
  provider.intercept(undefined);
  assert.ok((await refresh()).access_token);
});

Deno.test("a person who cancels comes back with access_denied", async () => {
  await using provider = await startProvider();
  const person = createPerson({ consent: "deny" });
  await assert.rejects(signIn(provider, person), { error: "access_denied" });
});

for (const path of ["/realms/company", "/tenant/v2.0"]) {
  Deno.test(`the issuer may have the path ${path}`, async () => {
    await using provider = await startProvider({ path, host: "localhost" });
    const { as, tokens } = await signIn(provider);
    assert.equal(as.issuer, provider.issuer);
    assert.ok(tokens.refresh_token);
  });
}

for (const method of ["client_secret_basic", "client_secret_post"] as const) {
  Deno.test(`a confidential client uses ${method} with a difficult secret`, async () => {
    const confidential = confidentialClient(method);
    await using provider = await startProvider({ clients: [confidential] });
    const auth = method === "client_secret_basic"
      ? oauth.ClientSecretBasic(confidential.client_secret)
      : oauth.ClientSecretPost(confidential.client_secret);
    const { tokens } = await signIn(provider, createPerson(), auth);
    assert.ok(tokens.access_token);
    assert.ok(provider.secrets.client_secret.has(confidential.client_secret));
  });
}
