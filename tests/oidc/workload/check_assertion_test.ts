import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import {
  type AssertionCheck,
  checkAssertion,
  describeAssertion,
} from "../../../src/oidc/workload/check_assertion.ts";

const now = Date.parse("2026-11-26T12:00:00Z");
const issuer = "https://login.company.test";

function jwt(claims: unknown, header: unknown = { alg: "ES256" }): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;
}

function check(token: string, more: Partial<AssertionCheck> = {}) {
  return checkAssertion({ token, origin: "the file /token" }, { issuer, now, ...more });
}

function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ProxyError) return error.reason;
    throw error;
  }
}

Deno.test("what is no JWT is shown to nobody", () => {
  const none = [
    "",
    "secret",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.e30",
    `${jwt({})}.more`,
    `${jwt({})}\n${jwt({})}`,
    jwt([]),
    jwt({}, "text"),
    jwt({}).replace("c2lnbmF0dXJl", ""),
  ];
  for (const text of none) {
    assert.equal(reasonOf(() => check(text)), "assertion_unreadable", text);
  }
});

Deno.test("one that has ended is shown to nobody, but for the moment that clocks differ by", () => {
  const ended = (seconds: number) => jwt({ exp: now / 1000 - seconds });
  assert.equal(reasonOf(() => check(ended(6))), "assertion_expired");
  assert.equal(reasonOf(() => check(ended(4))), undefined);
  assert.equal(reasonOf(() => check(jwt({}))), undefined);
});

Deno.test("a server that the backend alone names is shown only what is for it", () => {
  const audiences = [issuer, `${issuer}/token`];
  const good = [issuer, `${issuer}/`, `${issuer}/token`, ["https://else.test", issuer]];
  for (const aud of good) {
    assert.equal(reasonOf(() => check(jwt({ aud }), { audiences })), undefined);
  }
  const bad = [undefined, 7, [], "https://login.company.test.evil", `${issuer}/other`, [7]];
  for (const aud of bad) {
    assert.equal(reasonOf(() => check(jwt({ aud }), { audiences })), "assertion_audience");
    // Whom the person has configured may want any.
    assert.equal(reasonOf(() => check(jwt({ aud }))), undefined);
  }
});

Deno.test("what it says of itself is told on one line of bounded length", () => {
  const text = describeAssertion({
    iss: "i",
    sub: "s\n\u0007".repeat(500),
    aud: ["a"],
    exp: 1e300,
  });
  assert.match(text, /^iss "i", sub "s.*…, aud \["a"\], exp 1e\+300$/);
  assert.ok(text.length < 500);
  assert.doesNotMatch(text, /\p{Cc}/u);
});
