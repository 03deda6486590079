import assert from "node:assert/strict";
import { checkMetadata } from "../../../src/oidc/discovery/check_metadata.ts";
import { type ProviderAnswer, startProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

/** What the sign-in says when the provider's metadata is answered like this. */
async function failed(change: (metadata: Record<string, unknown>) => ProviderAnswer) {
  await using provider = await startProvider();
  const metadata = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`))
    .json();
  provider.intercept((request) =>
    request.endpoint === "discovery" ? change(structuredClone(metadata)) : undefined
  );
  const error = await failure(createRig(provider).signIn().credential);
  assert.equal(provider.count("authorization"), 0);
  return { error, issuer: provider.issuer };
}

Deno.test("no answer is a network error that may pass", async () => {
  const provider = await startProvider();
  await provider.down();
  const error = await failure(createRig(provider).signIn().credential);
  assert.equal(error.category, "Network error");
  assert.equal(error.transient, true);
  assert.ok(error.message.includes(`${provider.issuer}/.well-known/openid-configuration`));
});

Deno.test("a provider in trouble is transient and says when to come back", async () => {
  const { error } = await failed(() => ({ status: 503, headers: { "retry-after": "7" } }));
  assert.equal(error.transient, true);
  assert.equal(error.retryAfter, 7000);
  assert.equal(error.httpStatus, 503);
});

Deno.test("something else than metadata is named", async () => {
  for (const answer of [{ status: 200, body: "<html>" }, { status: 200, body: "[]" }]) {
    const { error } = await failed(() => answer);
    assert.equal(error.reason, "no_metadata");
    assert.match(error.message, /^Configuration error: .*\. Fix: check OIDC_ISSUER_URL/);
  }
  assert.match((await failed(() => ({ status: 404 }))).error.message, /answered 404/);
});

Deno.test("a wrong issuer is shown beside the right one", async () => {
  const { error, issuer } = await failed((metadata) => ({
    status: 200,
    body: { ...metadata, issuer: "https://evil.test" },
  }));
  assert.equal(error.reason, "issuer_mismatch");
  assert.ok(error.message.includes('"https://evil.test"'));
  assert.ok(error.message.includes(issuer));
});

for (const name of ["authorization_endpoint", "token_endpoint"]) {
  Deno.test(`metadata without ${name} is refused`, async () => {
    const { error } = await failed((metadata) => {
      delete metadata[name];
      return { status: 200, body: metadata };
    });
    assert.equal(error.reason, "missing_endpoint");
    assert.ok(error.message.includes(name));
  });

  for (
    const value of [
      "javascript:alert(1)",
      "file:///etc/passwd",
      "http://auth.example/auth",
      "https://user:password@auth.example/auth",
      "https://auth.example/auth\r\nx: y",
      "https://auth.example/auth`id`",
      "-n",
      7,
    ]
  ) {
    Deno.test(`${name} ${JSON.stringify(value)} is refused`, async () => {
      const { error } = await failed((metadata) => ({
        status: 200,
        body: { ...metadata, [name]: value },
      }));
      assert.equal(error.reason, "unsafe_endpoint");
    });
  }
}

Deno.test("an endless answer is cut off", async () => {
  const { error } = await failed(() => ({ status: 200, body: "x".repeat(2 * 1024 * 1024) }));
  assert.equal(error.reason, "answer_too_long");
});

Deno.test("a redirect to another origin is not followed", async () => {
  const { error } = await failed(() => ({
    status: 302,
    headers: { location: "https://evil.test/.well-known/openid-configuration" },
  }));
  assert.equal(error.reason, "provider_redirect");
});

Deno.test("a redirect at one well-known place leaves the others to be asked", async () => {
  await using provider = await startProvider();
  provider.intercept(({ url }) =>
    url === "/.well-known/openid-configuration"
      ? { status: 302, headers: { location: "https://login.test/" } }
      : undefined
  );
  const metadata = await createRig(provider).client.metadata(new AbortController().signal);
  assert.equal(metadata.issuer, provider.issuer);
});

Deno.test("a provider elsewhere cannot have requests made to this machine", () => {
  const issuer = "https://auth.example";
  const good = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  };
  const check = (metadata: typeof good) =>
    checkMetadata(metadata, {
      source: "x",
      needed: ["authorization_endpoint", "token_endpoint", "jwks_uri"],
    });
  check(good);
  for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"]) {
    for (const url of ["http://127.0.0.1:6379/", "http://localhost/", "https://[::1]/"]) {
      assert.throws(
        () => check({ ...good, [name]: url }),
        new RegExp(`as its ${name}, which is an address of this machine, named by another one`),
      );
    }
  }
});

Deno.test("the query of the authorization endpoint is kept", async () => {
  await using provider = await startProvider();
  const wellKnown = `${provider.issuer}/.well-known/openid-configuration`;
  const metadata = await (await fetch(wellKnown)).json();
  provider.intercept((request) =>
    request.endpoint === "discovery"
      ? {
        status: 200,
        body: {
          ...metadata,
          authorization_endpoint: `${metadata.authorization_endpoint}?p=policy%20one`,
        },
      }
      : undefined
  );
  const run = createRig(provider).signIn();
  await run.credential;
  const { parameters } = provider.requests.find(({ endpoint }) => endpoint === "authorization")!;
  assert.equal(parameters.get("p"), "policy one");
  assert.equal(parameters.get("client_id"), provider.clientId);
});
