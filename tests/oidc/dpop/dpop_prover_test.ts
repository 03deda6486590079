import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import { asksForDpopNonce, createDpopProver } from "../../../src/oidc/dpop/dpop_prover.ts";

const key = await generateDpopKey();
const request = {
  method: "POST",
  url: new URL("https://mcp.test:8443/mcp/x?token=1#part"),
  accessToken: "access",
};
const claimsOf = async (proof: string) => (await jwtVerify(proof, EmbeddedJWK)).payload;

Deno.test("a proof is for one request and one token, by the key of the credential", async () => {
  const { proof } = await createDpopProver(key);
  const [one, other] = [await proof(request), await proof(request)];
  const { typ, alg, jwk } = decodeProtectedHeader(one);
  assert.deepEqual([typ, alg], ["dpop+jwt", "ES256"]);
  assert.deepEqual([jwk!.x, jwk!.y, "d" in jwk!], [key.x, key.y, false]);
  const { htm, htu, ath, nonce, jti } = await claimsOf(one);
  assert.deepEqual([htm, htu, nonce], ["POST", "https://mcp.test:8443/mcp/x", undefined]);
  assert.equal(ath, createHash("sha256").update("access").digest("base64url"));
  assert.notEqual(jti, (await claimsOf(other)).jti);
});

Deno.test("the last nonce of an origin is in the proofs for that origin alone", async () => {
  const { proof, answered } = await createDpopProver(key);
  const nonceFor = async (url: URL) => (await claimsOf(await proof({ ...request, url }))).nonce;
  const elsewhere = new URL("https://other.test/mcp/x");
  answered(new URL("https://mcp.test:8443/other"), new Headers({ "dpop-nonce": "n1" }));
  assert.equal(await nonceFor(request.url), "n1");
  assert.equal(await nonceFor(elsewhere), undefined);
  answered(request.url, new Headers());
  answered(request.url, new Headers({ "dpop-nonce": "" }));
  assert.equal(await nonceFor(request.url), "n1");
  answered(request.url, new Headers({ "dpop-nonce": "n2" }));
  answered(elsewhere, new Headers({ "dpop-nonce": "n3" }));
  assert.deepEqual([await nonceFor(request.url), await nonceFor(elsewhere)], ["n2", "n3"]);
});

Deno.test("a challenge asks for a nonce when it says so and brings one", () => {
  const rows: [challenge: string | undefined, asks: boolean][] = [
    ['DPoP error="use_dpop_nonce"', true],
    ["dpop error=use_dpop_nonce", true],
    ['DPoP algs="ES256", error="use_dpop_nonce", error_description="x"', true],
    ['Bearer realm="a", DPoP error="USE_DPOP_NONCE"', true],
    ['DPoP error="use_dpop_nonces"', false],
    ['DPoP error="invalid_token"', false],
    ['DPoP an_error="use_dpop_nonce"', false],
    ['XDPoP error="use_dpop_nonce"', false],
    ['Bearer error="use_dpop_nonce"', false],
    [undefined, false],
  ];
  for (const [challenge, asks] of rows) {
    const headers = new Headers(challenge === undefined ? {} : { "www-authenticate": challenge });
    assert.equal(asksForDpopNonce(headers), false, "no nonce comes with it");
    headers.set("dpop-nonce", "n");
    assert.equal(asksForDpopNonce(headers), asks, challenge);
  }
});
