/**
 * What the other well-known documents of an issuer add to its metadata; without a sign-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { completeMetadata } from "../../../src/oidc/discovery/complete_metadata.ts";
import { type Answer, createNetwork, type Sent } from "../network.ts";

const issuer = "https://auth.test";
const oauth = `${issuer}/.well-known/oauth-authorization-server`;
const openid = `${issuer}/.well-known/openid-configuration`;
const token_endpoint = `${issuer}/token`;

async function complete(
  known: Parameters<typeof completeMetadata>[0],
  documents: Record<string, (sent: Sent) => Answer>,
) {
  const network = createNetwork((sent) => documents[sent.url.href]?.(sent));
  const { signal } = new AbortController();
  const options = { issuerUrl: new URL(issuer), fetch: network.fetch, signal };
  return { ...await completeMetadata(known, options), asked: network.urls() };
}

Deno.test("each document but that which is known is asked, and adds what is missing", async () => {
  const known = {
    issuer,
    token_endpoint,
    revocation_endpoint: "",
    jwks_uri: null,
    device_authorization_endpoint: undefined,
  } as unknown as Parameters<typeof complete>[0]["metadata"];
  const { metadata, refused, asked } = await complete({ metadata: known, place: openid }, {
    [oauth]: () => ({
      issuer,
      token_endpoint: `${issuer}/other`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/jwks`,
      device_authorization_endpoint: `${issuer}/device`,
      registration_endpoint: null,
      userinfo_endpoint: "",
      mtls_endpoint_aliases: { token_endpoint: `${issuer}/mtls` },
    }),
  });
  assert.deepEqual(metadata, {
    issuer,
    token_endpoint,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/jwks`,
    device_authorization_endpoint: `${issuer}/device`,
  });
  assert.deepEqual(refused, {});
  assert.deepEqual(asked, [oauth]);
});

Deno.test("without a place all documents are asked, the first one that says something counts", async () => {
  const { metadata, asked } = await complete({ metadata: { issuer } }, {
    [openid]: () => ({ issuer, revocation_endpoint: `${issuer}/one` }),
    [oauth]: () => ({ issuer, revocation_endpoint: `${issuer}/two`, token_endpoint }),
  });
  assert.deepEqual(metadata, { issuer, token_endpoint, revocation_endpoint: `${issuer}/one` });
  assert.deepEqual(asked, [openid, oauth]);
});

Deno.test("what must not be used is told, unless another document names it as it should be", async () => {
  const unsafe = "http://insecure.test/";
  const before = {
    registration_endpoint: "it was refused",
    jwks_uri: "it was refused, too",
    revocation_endpoint: "refused first",
  };
  const { metadata, refused } = await complete({
    metadata: { issuer },
    place: openid,
    refused: before,
  }, {
    [oauth]: () => ({
      issuer,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: unsafe,
      userinfo_endpoint: unsafe,
    }),
  });
  assert.deepEqual(metadata, { issuer, registration_endpoint: `${issuer}/register` });
  assert.deepEqual(refused, {
    jwks_uri: "it was refused, too",
    revocation_endpoint: "refused first",
    userinfo_endpoint:
      `the metadata at ${oauth} has "${unsafe}" as its userinfo_endpoint, which is not https`,
  });
});

Deno.test("what is no document of this issuer adds nothing", async () => {
  const answers: ((sent: Sent) => Answer)[] = [
    () => undefined,
    () => ({ issuer: "https://evil.test", token_endpoint: "https://evil.test/token" }),
    () => ({ issuer: `${issuer}/`, token_endpoint: "https://evil.test/token" }),
    () => ({ issuer: "no URL", token_endpoint: "https://evil.test/token" }),
    () => new Response("<html>"),
  ];
  for (const answer of answers) {
    const known = { metadata: { issuer }, place: openid };
    const { metadata, refused } = await complete(known, { [oauth]: answer });
    assert.deepEqual([metadata, refused], [{ issuer }, {}]);
  }
});

Deno.test("a document that cannot be asked at the moment is an error", async () => {
  const errors = [
    new ProxyError({ category: "Network error", what: "no", fix: "wait", reason: "provider_down" }),
    new TypeError("a defect"),
  ];
  for (const error of errors) {
    const failing = () => {
      throw error;
    };
    await assert.rejects(
      complete({ metadata: { issuer }, place: openid }, { [oauth]: failing }),
      (thrown) => thrown === error,
    );
  }
});
