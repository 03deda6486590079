import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { RefreshError, type RefreshTokenFate } from "../../src/base/refresh_error.ts";

const cause = new Error("below");
const original = new ProxyError({
  category: "Network error",
  what: "no answer from https://auth.test",
  fix: "check OIDC_ISSUER_URL",
  reason: "provider_unreachable",
  retryAfter: 7_000,
  httpStatus: 503,
  cause,
});

Deno.test("a refresh error says all that the error says, and what became of the token", () => {
  const error = new RefreshError(original, { fate: "replaced", replacement: "the-next-one" });
  const { category, what, fix, reason, retryAfter, httpStatus, message } = error;
  assert.deepEqual({ category, what, fix, reason, retryAfter, httpStatus, message }, {
    category: "Network error",
    what: "no answer from https://auth.test",
    fix: "check OIDC_ISSUER_URL",
    reason: "provider_unreachable",
    retryAfter: 7_000,
    httpStatus: 503,
    message: original.message,
  });
  assert.equal(error.cause, cause);
  assert.deepEqual([error.fate, error.replacement], ["replaced", "the-next-one"]);
  assert.ok(!Deno.inspect(error).includes("the-next-one"));
  assert.equal(new RefreshError(original, { fate: "unused" }).replacement, undefined);
});

Deno.test("what may have been lost on the way may be tried again, as may what could before", () => {
  const isTransient = (fate: RefreshTokenFate, transient: boolean) =>
    new RefreshError(
      new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "r", transient }),
      { fate },
    ).transient;
  assert.equal(isTransient("uncertain", false), true);
  assert.equal(isTransient("refused", false), false);
  assert.equal(isTransient("refused", true), true);
});
