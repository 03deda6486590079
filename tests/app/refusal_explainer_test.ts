import assert from "node:assert/strict";
import { createRefusalExplainer, type RefusedCredential } from "../../src/app/refusal_explainer.ts";
import type { Credential } from "../../src/base/credential.ts";
import type { Refusal } from "../../src/bridge/authorizer.ts";
import type { ResourceMetadata } from "../../src/oidc/discovery/resource_metadata.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";

/** A JWT that nobody has signed. */
function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  return `${part({ alg: "RS256", typ: "at+jwt" })}.${part(claims)}.c2ln`;
}

const issuer = "https://auth.company.com";
const credential: Credential = {
  issuer,
  clientId: "client-of-ada",
  accessToken: jwt({ iss: issuer, aud: "other", scope: "openid" }),
  tokenType: "Bearer",
  obtainedAt: 0,
};

interface Given {
  env?: Record<string, string>;
  challenge?: string;
  body?: string;
  status?: Refusal["status"];
  advertised?: ResourceMetadata;
  refused?: Partial<RefusedCredential>;
  token?: Partial<Credential>;
}

/** What a person is told of a refusal. */
async function explained(given: Given) {
  const { env = {}, challenge, body, status = 401, advertised, refused, token } = given;
  const headers = new Headers({ "content-type": "application/json" });
  if (challenge !== undefined) headers.set("www-authenticate", challenge);
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => env[name],
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
  });
  const refusal: Refusal = {
    request: {
      method: "POST",
      url: new URL("https://mcp.company.com/mcp"),
      purpose: "client",
      signal: new AbortController().signal,
    },
    fields: {},
    status,
    headers,
    body: body === undefined ? undefined : new TextEncoder().encode(body),
    attempt: 1,
  };
  const asked: Refusal[] = [];
  const explain = createRefusalExplainer({
    settings,
    readMetadata: (refusal) => {
      asked.push(refusal);
      return Promise.resolve(advertised);
    },
  });
  const error = await explain(refusal, { credential: { ...credential, ...token }, ...refused });
  assert.deepEqual(asked, [refusal]);
  assert.equal(error.httpStatus, status);
  return error;
}

const invalid = (description: string) =>
  `Bearer error="invalid_token", error_description="${description}"`;

Deno.test("what the backend said is told, by its fields and its body, with its status", async () => {
  const { what } = await explained({ challenge: invalid("it was revoked"), status: 403 });
  assert.match(
    what,
    /^https:\/\/mcp\.company\.com refused the token with HTTP 403 \(invalid_token, "it was revoked"\)/,
  );
  const byBody = await explained({ body: '{"error_description":"it was revoked"}' });
  assert.match(byBody.what, /with HTTP 401 \("it was revoked"\)/);
});

Deno.test("a note about a sign-in is told at the end", async () => {
  const { what } = await explained({ refused: { note: "nobody signed in for it" } });
  assert.match(what, /; nobody signed in for it$/);
});

Deno.test("the last token that was accepted is told with what differs", async () => {
  const accepted = { ...credential, accessToken: jwt({ iss: issuer, aud: "tools" }) };
  assert.match((await explained({ refused: { accepted } })).what, /aud tools/);
  assert.doesNotMatch((await explained({})).what, /aud tools/);
});

Deno.test("the client that the token was given to is named", async () => {
  const { what } = await explained({ challenge: invalid("this client id is not allowed") });
  assert.match(what, /the token was given to the client client-of-ada/);
});

Deno.test("the issuer stands for what the token itself does not say", async () => {
  const { what, fix } = await explained({
    challenge: invalid("signature verification failed"),
    token: { accessToken: jwt({ aud: "x" }) },
  });
  assert.match(`${what} ${fix}`, /the keys of https:\/\/auth\.company\.com/);
});

const another: ResourceMetadata = { issuers: ["https://other.company.com"] };

Deno.test("the issuer that is set is not advised to be set", async () => {
  const challenge = invalid("issuer is wrong");
  const unset = await explained({ challenge, advertised: another });
  assert.match(unset.fix, /^set OIDC_ISSUER_URL to the issuer that the backend trusts/);
  const env = { OIDC_ISSUER_URL: "https://other.company.com" };
  const set = await explained({ challenge, advertised: another, env });
  assert.match(set.fix, /^tell the backend's operator that tokens of that provider say iss/);
});

Deno.test("scopes that are asked for already are not advised to be added", async () => {
  const challenge = 'Bearer error="insufficient_scope", scope="tools"';
  const unset = await explained({ challenge, status: 403 });
  assert.match(unset.fix, /^add tools to OIDC_SCOPES/);
  const set = await explained({ challenge, status: 403, env: { OIDC_SCOPES: "tools" } });
  assert.match(set.fix, /which is asked for by OIDC_SCOPES already$/);
});

Deno.test("a token that is bound to a key is not advised where it is asked for already", async () => {
  const challenge = 'DPoP algs="ES256"';
  assert.match((await explained({ challenge })).fix, /^set OIDC_DPOP=1/);
  assert.doesNotMatch((await explained({ challenge, env: { OIDC_DPOP: "1" } })).fix, /OIDC_DPOP/);
});

const opaque = { accessToken: "opaque-token" };
const alreadyAsked = /^configure the provider to give this client JWTs as access tokens/;
const set = { OIDC_ISSUER_URL: issuer };
const rows: [what: string, given: Given, isAsked: boolean][] = [
  ["nothing is set", {}, false],
  ["an audience is set", { env: { OIDC_AUDIENCE: "tools" } }, true],
  ["a resource is set", { env: { OIDC_RESOURCE: "https://mcp.company.com/mcp" } }, true],
  ["the backend advertises a resource, which is sent", {
    advertised: { issuers: [], resource: "https://mcp.company.com/mcp" },
  }, true],
  ["it advertises one, and none is sent where the issuer is set", {
    env: set,
    advertised: { issuers: [], resource: "https://mcp.company.com/mcp" },
  }, false],
  ["it advertises one besides the one that is set", {
    env: { ...set, OIDC_RESOURCE: "api://tools" },
    advertised: { issuers: [], resource: "https://mcp.company.com/mcp" },
  }, true],
];
for (const [what, given, isAsked] of rows) {
  Deno.test(`whether the provider is asked for tokens of the backend: ${what}`, async () => {
    const { fix } = await explained({ ...given, token: opaque });
    assert.equal(alreadyAsked.test(fix), isAsked, fix);
  });
}

Deno.test("a token's end is told by the clock of this machine", async () => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3_600;
  const { what } = await explained({
    challenge: invalid("the token is not yet valid"),
    token: { accessToken: jwt({ iss: issuer, exp: inAnHour }) },
  });
  assert.match(what, /by this machine's clock it is good for 3(?:600|599) s/);
});
