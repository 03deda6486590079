import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import {
  type AssertionCheck,
  checkAssertion,
  describeAssertion,
} from "../../../src/oidc/workload/check_assertion.ts";
import { unsignedJwt } from "../unsigned_jwt.ts";

const now = Date.parse("2026-11-26T12:00:00Z");
const issuer = "https://login.company.test";

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
    `${unsignedJwt({})}.more`,
    ` ${unsignedJwt({})}`,
    `${unsignedJwt({})}\n`,
    unsignedJwt(null),
    unsignedJwt({}, null),
    `${unsignedJwt({})}\n${unsignedJwt({})}`,
    unsignedJwt([]),
    unsignedJwt({}, "text"),
    unsignedJwt({}).replace("c2lnbmF0dXJl", ""),
  ];
  for (const text of none) {
    assert.equal(reasonOf(() => check(text)), "assertion_unreadable", text);
  }
});

Deno.test("one that has ended is shown to nobody, but for the moment that clocks differ by", () => {
  const ended = (seconds: number) => unsignedJwt({ exp: now / 1000 - seconds });
  assert.equal(reasonOf(() => check(ended(6))), "assertion_expired");
  assert.equal(reasonOf(() => check(ended(5))), undefined);
  assert.equal(reasonOf(() => check(ended(5.001))), "assertion_expired");
  assert.equal(reasonOf(() => check(unsignedJwt({}))), undefined);
});

Deno.test("a server that the backend alone names is shown only what is for it", () => {
  const audiences = [issuer, `${issuer}/token`];
  const good = [issuer, `${issuer}/`, `${issuer}/token`, ["https://else.test", issuer]];
  for (const aud of good) {
    assert.equal(reasonOf(() => check(unsignedJwt({ aud }), { audiences })), undefined);
  }
  const bad = [undefined, 7, [], "https://login.company.test.evil", `${issuer}/other`, [7]];
  for (const aud of bad) {
    assert.equal(reasonOf(() => check(unsignedJwt({ aud }), { audiences })), "assertion_audience");
    // Whom the person has configured may want any.
    assert.equal(reasonOf(() => check(unsignedJwt({ aud }))), undefined);
  }
});

Deno.test("each refusal says in one line what is wrong and what to do", () => {
  const message = (token: string, more?: Partial<AssertionCheck>) => {
    try {
      check(token, more);
    } catch (error) {
      return String(error).replace(/^ProxyError: /, "");
    }
  };
  assert.equal(
    message("no"),
    "Configuration error: what is in the file /token is no JWT. Fix: set OIDC_ASSERTION_FILE or " +
      "OIDC_ASSERTION_ENV to where the JWT of this workload is.",
  );
  assert.equal(
    message(unsignedJwt({ exp: 0 })),
    "Authentication error: the JWT in the file /token ended at 1970-01-01T00:00:00.000Z, so that it " +
      "is not presented. Fix: see why the platform has not replaced it, and check the clock of this " +
      "machine.",
  );
  assert.match(message(unsignedJwt({ exp: -1e300 }))!, /ended at -1e\+300, so/);
  const named = (aud: unknown) =>
    /is for (.*), and the backend/.exec(message(unsignedJwt({ aud }), { audiences: ["x"] })!)?.[1];
  assert.equal(named(["a", 7, "b"]), "a, b");
  assert.equal(named(undefined), "nobody in particular");
  assert.equal(
    message(unsignedJwt({ aud: "a" }), { audiences: ["x"] }),
    `Configuration error: the JWT in the file /token is for a, and the backend alone names ${issuer}, ` +
      `which is not shown it. Fix: let the platform address it to ${issuer}, or set OIDC_ISSUER_URL ` +
      `to ${issuer} if you trust it all the same.`,
  );
});

Deno.test("a JWT says what it says, in whatever letters", () => {
  const claims = { sub: "ä~ÿ?>>>???", name: "ü" };
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const part = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
  assert.match(part, /-/);
  assert.match(part, /_/);
  assert.deepEqual(check(`e30.${part}.c2ln`), claims);
});

Deno.test("a slash at the end makes no other audience, one in the middle does", () => {
  const isFor = (aud: string, own: string) =>
    reasonOf(() => check(unsignedJwt({ aud }), { audiences: ["y", own] })) === undefined;
  assert.equal(isFor("https://a.test/", "https://a.test"), true);
  assert.equal(isFor("https://a.test", "https://a.test/"), true);
  assert.equal(isFor("https:/a.test", "https://a.test"), false);
  assert.equal(isFor("https://a.test", "https:/a.test"), false);
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
  assert.equal(describeAssertion({}), "iss none, sub none, aud none, exp none");
  assert.equal(
    describeAssertion({ exp: 1_600_000_000 }),
    "iss none, sub none, aud none, exp 2020-09-13T12:26:40.000Z",
  );
  assert.doesNotMatch(text, /\p{Cc}/u);
});
