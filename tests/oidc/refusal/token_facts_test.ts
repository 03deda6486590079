import assert from "node:assert/strict";
import type { Credential } from "../../../src/base/credential.ts";
import { heldScopes, type TokenFacts, tokenFacts } from "../../../src/oidc/refusal/token_facts.ts";
import { unsignedJwt } from "../unsigned_jwt.ts";

function credential(accessToken: string, more: Partial<Credential> = {}): Credential {
  return {
    issuer: "https://auth.test",
    clientId: "client",
    accessToken,
    tokenType: "Bearer",
    obtainedAt: 0,
    ...more,
  };
}

const nothing = { iss: undefined, exp: undefined, acr: undefined, alg: undefined, typ: undefined };

Deno.test("what a token says of itself", () => {
  const rows: [string, Partial<Credential>, TokenFacts][] = [
    [
      unsignedJwt(
        { iss: "https://a.test", aud: ["x", 7, "y"], scope: "a  b", exp: 12, acr: "2" },
        { alg: "ES256", typ: "at+jwt" },
      ),
      { tokenType: "DPoP", scope: "granted", claims: { acr: "1" } },
      {
        isJwt: true,
        iss: "https://a.test",
        aud: ["x", "y"],
        scopes: ["a", "b"],
        exp: 12,
        acr: "2",
        alg: "ES256",
        typ: "at+jwt",
        scheme: "DPoP",
      },
    ],
    [
      unsignedJwt({ sub: "s" }, {}),
      {},
      { ...nothing, isJwt: true, aud: [], scopes: [], scheme: "Bearer" },
    ],
    [
      unsignedJwt({ iss: 7, aud: "x", exp: "12" }, {}),
      { claims: { acr: "1" } },
      { ...nothing, isJwt: true, iss: "7", aud: ["x"], scopes: [], acr: "1", scheme: "Bearer" },
    ],
    [
      unsignedJwt({ iss: {}, aud: 7 }, { alg: true }),
      { scope: " granted more " },
      { ...nothing, isJwt: true, aud: [], scopes: ["granted", "more"], scheme: "Bearer" },
    ],
    [
      unsignedJwt({}, { alg: "ES256", typ: "JWT" }),
      {},
      {
        ...nothing,
        isJwt: false,
        aud: [],
        scopes: [],
        alg: "ES256",
        typ: "JWT",
        scheme: "Bearer",
      },
    ],
    [
      "opaque",
      { scope: "a" },
      { ...nothing, isJwt: false, aud: [], scopes: ["a"], scheme: "Bearer" },
    ],
  ];
  for (const [token, more, facts] of rows) {
    assert.deepEqual(tokenFacts(credential(token, more)), facts);
  }
});

Deno.test("the scopes of a token are its own, by either name, else what was granted", () => {
  const scopes = (claims: Record<string, unknown>) =>
    tokenFacts(credential(unsignedJwt({ sub: "s", ...claims }), { scope: "granted" })).scopes;
  assert.deepEqual(scopes({ scope: "a", scp: "b" }), ["a"]);
  assert.deepEqual(scopes({ scp: "b c" }), ["b", "c"]);
  assert.deepEqual(scopes({ scp: ["b", 7, ""] }), ["b", "7"]);
  assert.deepEqual(scopes({ scope: "" }), []);
  assert.deepEqual(scopes({}), ["granted"]);
});

Deno.test("every name of a scope counts as held, once", () => {
  const held = (claims: unknown, scope?: string) =>
    heldScopes(credential(unsignedJwt(claims), { scope }));
  assert.deepEqual(held({ scp: "read write" }, "api://x/read read"), [
    "read",
    "write",
    "api://x/read",
  ]);
  assert.deepEqual(held({}, "a"), ["a"]);
  assert.deepEqual(held({ scope: "a" }), ["a"]);
  assert.deepEqual(heldScopes(credential("opaque")), []);
});
