import assert from "node:assert/strict";
import { startProvider, type TestProvider } from "../../support/provider.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { completeMetadata } from "../../../src/oidc/discovery/complete_metadata.ts";
import { createRig, failure } from "../rig.ts";

const { signal } = new AbortController();
const oauthPlace = "/.well-known/oauth-authorization-server";
const openidPlace = "/.well-known/openid-configuration";

/** Serves what each place says, beside the provider's own metadata at OpenID Connect's. */
async function serve(
  provider: TestProvider,
  change: (metadata: Record<string, unknown>) => Record<string, Record<string, unknown>>,
) {
  const documents = change(await (await fetch(`${provider.issuer}${openidPlace}`)).json());
  const asked: string[] = [];
  provider.intercept(({ url }) => {
    if (url.includes("/.well-known/")) asked.push(url);
    return documents[url] && { status: 200, body: documents[url] };
  });
  return asked;
}

/** A document with only some members of another. */
function only(metadata: Record<string, unknown>, ...names: string[]) {
  return Object.fromEntries(["issuer", ...names].map((name) => [name, metadata[name]]));
}

Deno.test("a revocation endpoint that only RFC 8414's document names is used", async () => {
  await using provider = await startProvider({ revocation: true });
  const asked = await serve(provider, ({ revocation_endpoint, ...rest }) => ({
    [openidPlace]: rest,
    [oauthPlace]: { ...rest, revocation_endpoint },
  }));
  const { client, signIn } = createRig(provider);
  const credential = await signIn().credential;
  assert.deepEqual(asked, [openidPlace], "nobody needs the other document to sign in");
  assert.equal((await client.revoke(credential, signal)).refreshToken, "revoked");
});

Deno.test("a device endpoint that only RFC 8414's document names is used", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  await serve(provider, ({ device_authorization_endpoint, ...rest }) => ({
    [openidPlace]: rest,
    [oauthPlace]: { ...rest, device_authorization_endpoint },
  }));
  const rig = createRig(provider, { flow: "device" });
  // This client may not use the flow, which only its endpoint can say.
  assert.notEqual((await failure(rig.signIn().credential)).reason, "no_device_flow");
  assert.equal(provider.count("device_authorization"), 1);
});

Deno.test("what one document says is not changed by the other, nor by another issuer's", async () => {
  await using provider = await startProvider({ revocation: true });
  await serve(provider, (metadata) => {
    const { revocation_endpoint: _, device_authorization_endpoint: _device, ...rest } = metadata;
    return {
      [openidPlace]: rest,
      [oauthPlace]: {
        ...metadata,
        issuer: "https://evil.test",
        revocation_endpoint: "https://evil.test/revoke",
      },
    };
  });
  assert.equal((await createRig(provider).client.metadata(signal)).revocation_endpoint, undefined);
  await serve(provider, ({ issuer, revocation_endpoint: _, ...rest }) => ({
    [openidPlace]: { issuer, ...rest },
    [oauthPlace]: {
      issuer,
      token_endpoint: "https://other.example/token",
      revocation_endpoint: "http://insecure.example/revoke",
      registration_endpoint: "https://other.example/register",
    },
  }));
  const metadata = await createRig(provider).client.metadata(signal);
  assert.match(metadata.token_endpoint!, new RegExp(`^${provider.issuer}`));
  assert.equal(metadata.revocation_endpoint, undefined);
  assert.equal(metadata.registration_endpoint, "https://other.example/register");
});

Deno.test("RFC 8414's document comes first where that is wanted, with what it lacks", async () => {
  await using provider = await startProvider();
  const asked = await serve(provider, (metadata) => ({
    [openidPlace]: { ...metadata, registration_endpoint: `${provider.issuer}/openid-register` },
    [oauthPlace]: {
      ...only(
        metadata,
        "authorization_endpoint",
        "token_endpoint",
        "code_challenge_methods_supported",
      ),
      registration_endpoint: `${provider.issuer}/oauth-register`,
    },
  }));
  const rig = createRig(provider, { oauthMetadataFirst: true });
  assert.equal((await rig.signIn().credential).claims?.sub, "ada");
  assert.equal(asked[0], oauthPlace);
  const metadata = await rig.client.metadata(signal);
  assert.equal(metadata.registration_endpoint, `${provider.issuer}/oauth-register`);
});

Deno.test("an issuer in the metadata that is no URL is named", async () => {
  await using provider = await startProvider();
  await serve(provider, (metadata) => ({ [openidPlace]: { ...metadata, issuer: "my provider" } }));
  const error = await failure(createRig(provider).client.metadata(signal));
  assert.equal(error.category, "Configuration error");
  assert.equal(error.reason, "issuer_mismatch");
  assert.match(error.what, /openid-configuration names the issuer "my provider"/);
});

Deno.test("who says where the metadata is means that document and no other", async () => {
  await using provider = await startProvider({ revocation: true });
  const asked = await serve(provider, ({ revocation_endpoint, ...rest }) => ({
    [openidPlace]: rest,
    [oauthPlace]: { ...rest, revocation_endpoint },
  }));
  const metadataUrl = new URL(openidPlace, provider.issuer);
  const { client, signIn } = createRig(provider, { metadataUrl });
  const credential = await signIn().credential;
  assert.notEqual((await client.revoke(credential, signal)).refreshToken, "revoked");
  assert.deepEqual([...new Set(asked)], [openidPlace]);
});

Deno.test("a document of another issuer is passed over, a place that cannot be asked is told", async () => {
  const issuer = "https://auth.test";
  const token_endpoint = `${issuer}/token`;
  const complete = (at: (path: string) => Response) =>
    completeMetadata({ metadata: { issuer, token_endpoint } }, {
      issuerUrl: new URL(issuer),
      fetch: (url) => Promise.resolve(at(new URL(url).pathname)),
      signal,
    });
  const good = Response.json({ issuer, revocation_endpoint: `${issuer}/revoke` });
  const { metadata } = await complete((path) =>
    path === openidPlace
      ? Response.json({ issuer: "https://other.test", revocation_endpoint: "https://other.test/r" })
      : good.clone()
  );
  assert.deepEqual(metadata, { issuer, token_endpoint, revocation_endpoint: `${issuer}/revoke` });
  const down = new ProxyError({
    category: "Network error",
    what: "down",
    fix: "wait",
    reason: "provider_down",
  });
  await assert.rejects(
    complete((path) => {
      if (path === openidPlace) throw down;
      return good.clone();
    }),
    { reason: "provider_down" },
  );
});
