import assert from "node:assert/strict";
import { compareToken, describeToken } from "../../../src/oidc/refusal/compare_token.ts";
import type { TokenFacts } from "../../../src/oidc/refusal/token_facts.ts";
import type { ReadRefusal } from "../../../src/oidc/refusal/token_refusal.ts";
import { listed, refusalWords } from "../../../src/oidc/refusal/refusal_words.ts";

const now = Date.UTC(2026, 10, 23, 9);
const token: TokenFacts = {
  isJwt: true,
  iss: "https://auth.test",
  aud: ["a"],
  scopes: ["openid", "x"],
  exp: now / 1000 + 1,
  scheme: "Bearer",
};

Deno.test("a token is described by what it says", () => {
  const rows: [Partial<TokenFacts>, string][] = [
    [{}, "says iss https://auth.test, aud a, scope openid x, exp 2026-11-23T09:00:01.000Z"],
    [
      { exp: now / 1000 },
      "says iss https://auth.test, aud a, scope openid x, exp 2026-11-23T09:00:00.000Z (past)",
    ],
    [
      { iss: undefined, aud: [], scopes: [], exp: undefined, acr: "2", scheme: "DPoP" },
      "says iss nothing, aud nothing, scope nothing, no exp, acr 2, is sent with the scheme DPoP",
    ],
    [{ exp: 1e20 }, "says iss https://auth.test, aud a, scope openid x, exp 100000000000000000000"],
    [{ isJwt: false }, "is no JWT that can be looked into (scope openid x)"],
    [
      { isJwt: false, scopes: [], scheme: "DPoP" },
      "is no JWT that can be looked into, is sent with the scheme DPoP",
    ],
  ];
  for (const [changes, said] of rows) {
    assert.equal(describeToken({ ...token, ...changes }, now), said);
  }
});

Deno.test("only what differs from what the backend wants is told", () => {
  const compare = (
    { date, ...given }:
      & Partial<Pick<ReadRefusal, "advertised" | "accepted" | "token">>
      & { date?: number },
  ) =>
    compareToken({
      token,
      now,
      headers: new Headers(date === undefined ? {} : { date: new Date(date).toUTCString() }),
      ...given,
    } as ReadRefusal);
  const rows: [Parameters<typeof compare>[0], string[]][] = [
    [{}, []],
    [{ advertised: { issuers: [], resource: "a" } }, []],
    [{ advertised: { issuers: ["https://auth.test/"] } }, []],
    [
      { advertised: { issuers: ["https://b.test", "https://c.test"], resource: "b" } },
      ["the backend advertises the issuer https://b.test and https://c.test and itself as b"],
    ],
    [{ advertised: { issuers: [], resource: "b" } }, ["the backend advertises itself as b"]],
    [
      { advertised: { issuers: ["https://b.test"] } },
      ["the backend advertises the issuer https://b.test"],
    ],
    [{ accepted: { ...token, scopes: ["x", "y"] } }, ["it took one with scope x y before"]],
    [
      { accepted: { ...token, isJwt: true }, token: { ...token, isJwt: false } },
      ["it took one with the form of a JWT before"],
    ],
    [{ accepted: token }, ["it took one that says the same before"]],
    [
      {
        accepted: {
          isJwt: true,
          iss: "https://b.test",
          aud: ["b", "c"],
          scopes: [],
          scheme: "DPoP",
        },
      },
      [
        "it took one with iss https://b.test, aud b and c, scope nothing, the scheme DPoP before",
      ],
    ],
    [
      { accepted: { ...token, isJwt: false, iss: undefined } },
      ["it took one with iss nothing, no form of a JWT before"],
    ],
    [
      { advertised: { issuers: [], resource: "b" }, accepted: token, date: now + 60_000 },
      [
        "the backend advertises itself as b",
        "it took one that says the same before",
        "the backend's clock is 60 s ahead of ours",
      ],
    ],
    [{ date: now + 29_000 }, []],
    [{ date: now + 30_000 }, ["the backend's clock is 30 s ahead of ours"]],
    [{ date: now - 61_000 }, ["the backend's clock is 61 s behind ours"]],
  ];
  for (const [given, told] of rows) assert.deepEqual(compare(given), told);
});

Deno.test("names from outside are listed up to ten", () => {
  const names = Array.from({ length: 11 }, (_, i) => `n${i}`);
  assert.equal(listed([]), "nothing");
  assert.equal(listed(names.slice(0, 10)), names.slice(0, 10).join(" and "));
  assert.equal(listed(names), `${names.slice(0, 10).join(" and ")} and …`);
});

Deno.test("the words of a refusal are its challenge's, and the body's when they say more", () => {
  const words = (challenge: string | undefined, type?: string, body?: string) =>
    refusalWords(
      new Headers({
        ...challenge !== undefined && { "www-authenticate": challenge },
        ...type !== undefined && { "content-type": type },
      }),
      body === undefined ? undefined : new TextEncoder().encode(body),
    );
  assert.deepEqual(words(undefined), { reasons: [], schemes: [] });
  assert.deepEqual(
    words(
      'Basic x=y, Bearer error="e", error_description="d", scope="s", acr_values="2", DPoP algs="x"',
    ),
    { error: "e", reasons: ["d"], scope: "s", acrValues: "2", schemes: ["bearer", "dpop"] },
  );
  const challenge = 'Bearer error="code", error_description="it is over"';
  const reasons = (type: string | undefined, body: string) => words(challenge, type, body).reasons;
  assert.deepEqual(reasons("text/plain; charset=utf-8", "more"), ["it is over", "more"]);
  assert.deepEqual(reasons("TEXT/Plain", "more"), ["it is over", "more"]);
  for (const same of ["code", "is over", ""]) {
    assert.deepEqual(reasons("text/plain", same), ["it is over"], same);
  }
  for (const type of [undefined, "text/html", "application/x; of=text/plain"]) {
    assert.deepEqual(reasons(type, "more"), ["it is over"]);
    assert.deepEqual(reasons(type, '{"detail":"more"}'), ["it is over"]);
  }
  assert.deepEqual(reasons("application/JSON", '{"detail":"more"}'), ["it is over", "more"]);
  assert.deepEqual(reasons("application/json", ""), ["it is over"]);
  const members = [
    ["error_description", "a"],
    ["detail", "b"],
    ["message", "c"],
    ["error", "d"],
    ["title", "f"],
  ];
  for (let from = 0; from < members.length; from++) {
    const body = JSON.stringify(Object.fromEntries(members.slice(from)));
    assert.deepEqual(reasons("application/json", body), ["it is over", members[from]![1]]);
  }
  assert.deepEqual(reasons("application/problem+json", '{"error":{"message":"m"}}'), [
    "it is over",
    "m",
  ]);
  for (const nothing of ["{", "null", "{}", '{"detail":7}']) {
    assert.deepEqual(reasons("application/json", nothing), ["it is over"], nothing);
  }
  const long = (length: number) => `{"detail":"m"${" ".repeat(length - 14)}}`;
  assert.equal(reasons("application/json", long(16_384)).length, 2);
  assert.equal(reasons("application/json", long(16_385)).length, 1);
});
