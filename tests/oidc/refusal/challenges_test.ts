import assert from "node:assert/strict";
import { parseChallenges, tokenChallenge } from "../../../src/oidc/refusal/challenges.ts";

const cases: [string, ReturnType<typeof parseChallenges>][] = [
  ["Bearer", [{ scheme: "bearer", parameters: {} }]],
  ['Bearer realm="a, b"', [{ scheme: "bearer", parameters: { realm: "a, b" } }]],
  ["Bearer error=invalid_token,scope=a", [{
    scheme: "bearer",
    parameters: { error: "invalid_token", scope: "a" },
  }]],
  ['Basic realm="x", DPoP ERROR = "use_dpop_nonce" , algs="ES256"', [
    { scheme: "basic", parameters: { realm: "x" } },
    { scheme: "dpop", parameters: { error: "use_dpop_nonce", algs: "ES256" } },
  ]],
  ['Bearer error_description="say \\"no\\""', [{
    scheme: "bearer",
    parameters: { error_description: 'say "no"' },
  }]],
  // Empty list elements are to be passed over (RFC 9110 section 5.6.1.2).
  ['Bearer , ,error="invalid_token",', [{
    scheme: "bearer",
    parameters: { error: "invalid_token" },
  }]],
  ["Bearer error=, scope=a", [{ scheme: "bearer", parameters: { error: "", scope: "a" } }]],
  // A parameter of no challenge.
  ['error="invalid_token", Bearer', [{ scheme: "bearer", parameters: {} }]],
  ["", []],
  ["???", []],
  ['Bearer realm="never closed', [{ scheme: "bearer", parameters: { realm: "" } }]],
];
for (const [field, challenges] of cases) {
  Deno.test(`challenges of ${field || "nothing"}`, () => {
    assert.deepEqual(parseChallenges(field), challenges);
  });
}

Deno.test("the challenge with an error counts most", () => {
  const headers = new Headers({
    "www-authenticate": 'Bearer realm="x", DPoP error="invalid_token"',
  });
  assert.equal(tokenChallenge(headers)?.scheme, "dpop");
  assert.equal(tokenChallenge(new Headers()), undefined);
});

Deno.test("without an error, the challenge counts whose scheme a token is shown by", () => {
  const scheme = (field: string) =>
    tokenChallenge(new Headers({ "www-authenticate": field }))?.scheme;
  assert.equal(scheme('Basic realm="x", Bearer realm="y"'), "bearer");
  assert.equal(scheme('Basic realm="x", DPoP algs="ES256", Bearer'), "dpop");
  assert.equal(scheme('Basic realm="x", Negotiate'), undefined);
});
