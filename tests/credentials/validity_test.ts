import assert from "node:assert/strict";
import type { Credential } from "../../src/base/credential.ts";
import { isUnexpired, isValid, renewalTime } from "../../src/credentials/validity.ts";

const of = (lifetime: number | undefined): Credential => ({
  issuer: "https://auth.example/",
  clientId: "client",
  accessToken: "token",
  tokenType: "Bearer",
  obtainedAt: 1_000_000,
  ...(lifetime !== undefined && { expiresAt: 1_000_000 + lifetime }),
});

Deno.test("a token is valid until 60 s before its end, or a fifth of its lifetime", () => {
  for (const [lifetime, ends] of [[3_600_000, 3_540_000], [300_000, 240_000], [100_000, 80_000]]) {
    assert.equal(isValid(of(lifetime), 1_000_000 + ends! - 1), true);
    assert.equal(isValid(of(lifetime), 1_000_000 + ends!), false);
  }
  assert.equal(isValid(of(undefined), 1e15), true);
  assert.equal(isValid(of(0), 1_000_000), false);
});

Deno.test("a token is good enough until 5 s before its end, or a twentieth of its lifetime", () => {
  for (const [lifetime, ends] of [[3_600_000, 3_595_000], [100_000, 95_000], [20_000, 19_000]]) {
    assert.equal(isUnexpired(of(lifetime), 1_000_000 + ends! - 1), true);
    assert.equal(isUnexpired(of(lifetime), 1_000_000 + ends!), false);
  }
  assert.equal(isUnexpired(of(undefined), 1e15), true);
});

Deno.test("it is renewed ahead between 72 and 78 % of its lifetime, from a second on", () => {
  assert.equal(renewalTime(of(100_000), 0), 1_078_000);
  assert.equal(renewalTime(of(100_000), 1), 1_072_000);
  assert.equal(renewalTime(of(1_000), 0), 1_000_780);
  assert.equal(renewalTime(of(999), 0), undefined);
  assert.equal(renewalTime(of(-5), 0), undefined);
  assert.equal(renewalTime(of(undefined), 0), undefined);
});
