import assert from "node:assert/strict";
import { startHostileProvider } from "../../support/hostile_provider.ts";
import { confidentialClient, publicClient, startProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

const { signal } = new AbortController();

Deno.test("a refresh gives a new token and keeps what the answer leaves out", async () => {
  await using provider = await startProvider({ rotateRefreshTokens: false });
  const { client, signIn } = createRig(provider);
  const first = await signIn().credential;
  provider.intercept((request) =>
    request.grantType === "refresh_token"
      ? { status: 200, body: { access_token: "new", token_type: "bearer", expires_in: 5 } }
      : undefined
  );
  const second = await client.refresh(first, signal);
  assert.equal(second.accessToken, "new");
  assert.equal(second.expiresAt, second.obtainedAt + 5000);
  assert.equal(second.refreshToken, first.refreshToken);
  assert.deepEqual(second.claims, first.claims);
  assert.equal(second.scope, first.scope);
});

Deno.test("a rotated refresh token replaces the old one", async () => {
  await using provider = await startProvider();
  const { client, signIn } = createRig(provider);
  const first = await signIn().credential;
  const second = await client.refresh(first, signal);
  assert.notEqual(second.refreshToken, first.refreshToken);
  const third = await client.refresh(second, signal);
  assert.equal(third.claims?.sub, "ada");
  assert.equal(provider.count("token", "refresh_token"), 2);
  assert.equal(provider.count("jwks"), 1);
});

Deno.test("a refresh token that is no longer good is invalid_grant", async () => {
  await using provider = await startProvider();
  const { client, signIn } = createRig(provider);
  const credential = await signIn().credential;
  provider.revokeRefreshTokens();
  const error = await failure(client.refresh(credential, signal));
  assert.equal(error.reason, "invalid_grant");
  assert.equal(error.transient, false);
});

Deno.test("a provider that is down or overloaded is only a matter of time", async () => {
  await using provider = await startProvider();
  const { client, signIn } = createRig(provider);
  const credential = await signIn().credential;
  for (const status of [429, 500, 503]) {
    provider.intercept(() => ({ status, body: { error: "temporarily_unavailable" } }));
    const error = await failure(client.refresh(credential, signal));
    assert.equal(error.transient, true);
    assert.equal(error.httpStatus, status);
  }
  await provider.down();
  const error = await failure(client.refresh(credential, signal));
  assert.equal(error.reason, "provider_unreachable");
  assert.equal(error.transient, true);
});

Deno.test("a refresh token that was spent is not lost when the keys cannot be fetched", async () => {
  await using provider = await startProvider();
  const first = await createRig(provider).signIn().credential;
  const { client, lines } = createRig(provider);
  provider.intercept(({ endpoint }) => endpoint === "jwks" ? { status: 503 } : undefined);
  const second = await client.refresh(first, signal);
  assert.notEqual(second.refreshToken, first.refreshToken);
  assert.match(lines.join(""), /\[warn\] .*jwks answered 503.*without its signature being checked/);
  // A sign-in can be had again: nothing is accepted there.
  const error = await failure(createRig(provider).signIn().credential);
  assert.equal(error.reason, "provider_down");
});

Deno.test("a wrong signature is refused at a refresh, too, whether or not there are new keys", async () => {
  let wrong = false;
  await using provider = startHostileProvider((answers, keys) => {
    // Answers to a refresh have no nonce.
    delete answers.claims.nonce;
    if (!wrong) return;
    answers.sign = keys.signWithAnother;
    answers.instead["/.well-known/openid-configuration"] = () =>
      new Response(null, { status: 503 });
  });
  const { client } = createRig(provider, { scopes: [] });
  const first = await createRig(provider, { scopes: [] }).signIn().credential;
  await client.refresh(first, signal);
  wrong = true;
  const error = await failure(client.refresh(first, signal));
  assert.equal(error.reason, "id_token_signature");
});

Deno.test("the keys are fetched again when the provider has changed them", async () => {
  await using provider = await startProvider();
  const { client, signIn } = createRig(provider);
  const jwks = await (await fetch(provider.jwksUri)).json();
  let rotated = false;
  provider.intercept((request) =>
    request.endpoint === "jwks" && !rotated
      ? { status: 200, body: { keys: [{ ...jwks.keys[0], kid: "older" }, ...jwks.keys] } }
      : undefined
  );
  const credential = await signIn().credential;
  assert.equal(provider.count("jwks"), 2);
  rotated = true;
  await client.refresh(credential, signal);
});

for (const method of ["client_secret_basic", "client_secret_post"] as const) {
  Deno.test(`a secret with special characters works by ${method}`, async () => {
    const client = { ...confidentialClient(method), client_id: "odd:id %+/" };
    await using provider = await startProvider({
      clients: [client],
      configuration: { clientAuthMethods: [method] },
    });
    const rig = createRig(provider, { clientSecret: client.client_secret });
    const credential = await rig.signIn().credential;
    assert.equal((await rig.client.refresh(credential, signal)).claims?.sub, "ada");
  });
}

Deno.test("a wrong secret is a configuration error", async () => {
  await using provider = await startProvider({
    clients: [confidentialClient("client_secret_basic")],
  });
  const error = await failure(createRig(provider, { clientSecret: "wrong" }).signIn().credential);
  assert.equal(error.reason, "invalid_client");
  assert.match(
    error.message,
    /^Configuration error: .*OIDC_CLIENT_SECRET, which was sent by client_s/,
  );
  const unproven = await failure(createRig(provider).signIn().credential);
  assert.match(unproven.message, /if the client is a confidential one, set OIDC_CLIENT_SECRET\.$/);
});

Deno.test("a token endpoint that has moved is found by asking for the metadata again", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider);
  const wellKnown = `${provider.issuer}/.well-known/openid-configuration`;
  const metadata = await (await fetch(wellKnown)).json();
  let old = { ...metadata, token_endpoint: `${provider.issuer}/moved/token` };
  provider.intercept((request) => {
    if (request.endpoint === "discovery") return { status: 200, body: old };
    return request.url === "/moved/token" && old !== metadata
      ? { status: 200, body: { access_token: "first", token_type: "bearer", refresh_token: "r" } }
      : request.url === "/moved/token"
      ? { status: 404, body: "gone" }
      : request.endpoint === "token"
      ? { status: 200, body: { access_token: "second", token_type: "bearer" } }
      : undefined;
  });
  const first = await rig.signIn().credential;
  assert.equal(first.accessToken, "first");
  old = metadata;
  const second = await rig.client.refresh(first, signal);
  assert.equal(second.accessToken, "second");
});

Deno.test("tls_client_auth: no secret, the certificate speaks", async () => {
  await using provider = await startProvider({
    clients: [{
      ...publicClient,
      token_endpoint_auth_method: "tls_client_auth",
      tls_client_auth_subject_dn: "CN=authful",
    }],
    configuration: {
      clientAuthMethods: ["tls_client_auth"],
      features: {
        mTLS: {
          enabled: true,
          tlsClientAuth: true,
          getCertificate: () => "a certificate, as the TLS layer would hand it on",
          certificateAuthorized: () => true,
          certificateSubjectMatches: () => true,
        },
      },
    },
  });
  const rig = createRig(provider, { clientAuthentication: "tls_client_auth" });
  assert.ok((await rig.signIn().credential).accessToken);
  const { parameters, headers } = provider.requests.find(({ endpoint }) => endpoint === "token")!;
  assert.equal(parameters.get("client_id"), provider.clientId);
  assert.equal(parameters.get("client_secret") ?? headers.get("authorization"), null);
});

Deno.test("without a refresh token nothing is sent", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider);
  const { refreshToken: _, ...credential } = await rig.signIn().credential;
  const before = provider.count("token");
  const error = await failure(rig.client.refresh(credential, new AbortController().signal));
  assert.equal(error.reason, "no_refresh_token");
  assert.equal(provider.count("token"), before);
});
