import assert from "node:assert/strict";
import {
  clockDifference,
  isFor,
  isOfAnotherIssuer,
  isPast,
  noticeable,
  trusts,
} from "../../../src/oidc/refusal/token_checks.ts";
import type { TokenFacts } from "../../../src/oidc/refusal/token_facts.ts";
import type { TokenRefusal } from "../../../src/oidc/refusal/token_refusal.ts";

const now = Date.UTC(2026, 10, 23, 9);
const token: TokenFacts = { isJwt: true, aud: [], scopes: [], scheme: "Bearer" };

Deno.test("a token is past from the moment on that it names", () => {
  const past = (exp?: number) => isPast({ token: { ...token, exp }, now } as TokenRefusal);
  assert.deepEqual(
    [undefined, now / 1000 - 1, now / 1000, now / 1000 + 0.001, now / 1000 + 1].map(past),
    [false, true, true, false, false],
  );
});

Deno.test("a token is of another issuer when the backend names others and not its own", () => {
  const rows: [readonly string[] | undefined, string | undefined, boolean][] = [
    [undefined, "https://a.test", false],
    [[], "https://a.test", false],
    [["https://a.test/"], "https://a.test", false],
    [["https://b.test", "https://a.test"], "https://a.test", false],
    [["https://b.test"], "https://a.test", true],
    // Without a word of its own, it is from whom it was got.
    [["https://b.test"], undefined, true],
    [["https://signed-in.test"], undefined, false],
  ];
  for (const [issuers, iss, expected] of rows) {
    assert.equal(
      isOfAnotherIssuer({
        token: { ...token, iss },
        issuer: "https://signed-in.test",
        ...issuers && { advertised: { issuers } },
      } as TokenRefusal),
      expected,
      `${issuers} ${iss}`,
    );
  }
});

Deno.test("an issuer is trusted when it is among those, or when the token names none", () => {
  assert.equal(trusts([], undefined), true);
  assert.equal(trusts(["https://a.test"], undefined), true);
  assert.equal(trusts([], "https://a.test"), false);
  assert.equal(trusts(["https://b.test", "https://a.test/"], "https://a.test"), true);
});

Deno.test("a token is for a resource when one of its audiences is that", () => {
  assert.equal(isFor({ ...token, aud: ["x", "https://a.test/"] }, "https://a.test"), true);
  assert.equal(isFor({ ...token, aud: ["x"] }, "https://a.test"), false);
  assert.equal(isFor(token, "https://a.test"), false);
});

Deno.test("the backend's clock is told by the date of its answer", () => {
  const difference = (date?: string) =>
    clockDifference(new Headers(date === undefined ? {} : { date }), now);
  assert.equal(difference(new Date(now + 5_000).toUTCString()), 5_000);
  assert.equal(difference(new Date(now - 5_000).toUTCString()), -5_000);
  assert.equal(difference("whenever"), 0);
  assert.equal(difference(), 0);
  assert.equal(noticeable, 30_000);
});
