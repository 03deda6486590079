import assert from "node:assert/strict";
import { diagnose, topicOf } from "../../../src/oidc/refusal/diagnose_refusal.ts";
import type { RefusalTopic } from "../../../src/oidc/refusal/pointed_topic.ts";
import type { RefusalWords } from "../../../src/oidc/refusal/refusal_words.ts";
import type { TokenFacts } from "../../../src/oidc/refusal/token_facts.ts";
import type { ReadRefusal, TokenRefusal } from "../../../src/oidc/refusal/token_refusal.ts";

const now = Date.UTC(2026, 10, 23, 9);
const issuer = "https://auth.test";
const backendUrl = new URL("https://mcp.test/mcp");

/** What differs from the refusal of a good token without a word. */
interface Changes {
  token?: Partial<TokenFacts>;
  words?: Partial<RefusalWords>;
  settings?: Partial<TokenRefusal["settings"]>;
  status?: number;
  accepted?: Partial<TokenFacts>;
  advertised?: Partial<NonNullable<TokenRefusal["advertised"]>>;
  missing?: readonly string[];
  date?: number;
}

const good: TokenFacts = {
  isJwt: true,
  iss: issuer,
  aud: [backendUrl.href],
  scopes: ["tools"],
  exp: now / 1000 + 300,
  scheme: "Bearer",
};

function refusal(
  { token, words, settings, accepted, advertised, date, ...rest }: Changes,
): ReadRefusal {
  return {
    status: 401,
    headers: new Headers(date === undefined ? {} : { date: new Date(date).toUTCString() }),
    backendUrl,
    token: { ...good, ...token },
    ...accepted && { accepted: { ...good, ...accepted } },
    issuer,
    clientId: "client",
    ...advertised && { advertised: { issuers: [], ...advertised } },
    settings: { issuer, scopes: ["tools"], dpop: false, ...settings },
    now,
    words: { reasons: [], schemes: [], ...words },
    missing: [],
    ...rest,
  };
}

Deno.test("a refusal is about what its code, its words, else what differs tell", () => {
  const past = { exp: now / 1000 };
  const rows: [Changes, RefusalTopic | undefined][] = [
    [{}, undefined],
    [
      { words: { error: "insufficient_user_authentication", reasons: ["scope"] } },
      "authentication",
    ],
    [{ words: { error: "insufficient_scope", reasons: ["audience"] } }, "scope"],
    [{ words: { error: "invalid_dpop_proof", reasons: ["audience"] } }, "audience"],
    [{ words: { error: "invalid_dpop_proof" }, status: 403 }, "scheme"],
    [{ words: { error: "invalid_token" } }, undefined],
    [{ status: 403, token: past }, "scope"],
    [{ words: { schemes: ["dpop"] }, token: past }, "scheme"],
    [{ words: { schemes: ["dpop", "bearer"] } }, undefined],
    [{ words: { schemes: ["bearer"] }, token: { scheme: "DPoP" } }, "scheme"],
    [{ words: { schemes: ["dpop"] }, token: { scheme: "DPoP" } }, undefined],
    // What it took before it takes.
    [{ words: { schemes: ["dpop"] }, accepted: {} }, undefined],
    [{ words: { schemes: ["dpop"] }, accepted: { scheme: "DPoP" } }, "scheme"],
    [{ token: past, advertised: { issuers: ["https://other.test"] } }, "time"],
    [{ advertised: { issuers: ["https://other.test"] } }, "issuer"],
    [{ words: { scope: "a" }, missing: ["a"] }, "scope"],
    [{ words: { scope: "a" } }, undefined],
    [{ missing: ["a"] }, undefined],
  ];
  for (const [changes, topic] of rows) {
    assert.equal(topicOf(refusal(changes)), topic, JSON.stringify(changes));
  }
});

const unknownIssuer =
  "ask the backend's operator which issuer it trusts, and set OIDC_ISSUER_URL " +
  "to that one if it is not https://auth.test";
const noAudience =
  "set OIDC_AUDIENCE (Auth0 and similar) or OIDC_RESOURCE (RFC 8707) to what the backend wants, if " +
  "the provider knows that parameter, or configure at the provider that tokens of this client are " +
  "for what the backend wants";
const askForClock = "ask the backend's operator to compare its clock with the provider's";
const good300 = "by this machine's clock it is good for 300 s";

Deno.test("what follows from a topic", () => {
  const other = { issuers: ["https://other.test", "https://third.test"] };
  const rows: [RefusalTopic, Changes, string, string][] = [
    ["issuer", {}, "", unknownIssuer],
    ["issuer", { token: { iss: undefined } }, "", unknownIssuer],
    [
      "issuer",
      { token: { iss: "https://said.test" } },
      "",
      unknownIssuer.replace("auth.test", "said.test"),
    ],
    [
      "issuer",
      { advertised: { issuers: [issuer] } },
      "",
      "ask the backend's operator: it advertises https://auth.test and does not accept it",
    ],
    [
      "issuer",
      { advertised: other },
      "the backend trusts https://other.test and https://third.test, the token is from " +
      "https://auth.test",
      "set OIDC_ISSUER_URL to the issuer that the backend trusts",
    ],
    [
      "issuer",
      { advertised: other, settings: { issuer: undefined } },
      "the backend trusts https://other.test and https://third.test, the token is from " +
      "https://auth.test",
      "set OIDC_ISSUER_URL to the issuer that the backend trusts",
    ],
    [
      "issuer",
      { advertised: other, settings: { issuer: "https://third.test/" } },
      "the backend trusts https://other.test and https://third.test, the token is from " +
      "https://auth.test",
      "tell the backend's operator that tokens of that provider say iss https://auth.test",
    ],
    ["audience", {}, "", noAudience],
    [
      "scope",
      {},
      "the backend does not allow this to you",
      "ask the backend's operator what it takes to be allowed this",
    ],
    [
      "scope",
      { words: { scope: "tools" } },
      "the token has the scope that the backend names",
      "ask the backend's operator what it takes to be allowed this",
    ],
    [
      "scope",
      { missing: ["a", "tools", "b"] },
      "the backend wants the scope a tools b",
      "add a b to OIDC_SCOPES, or ask the provider's administrator to allow it for this client and " +
      "you",
    ],
    [
      "scope",
      { missing: ["tools"] },
      "the backend wants the scope tools",
      "ask the provider's administrator to grant it, which is asked for by OIDC_SCOPES already",
    ],
    [
      "authentication",
      {},
      "the token says nothing of how the person signed in",
      "sign in in the way that the backend wants, or ask the provider's administrator for it",
    ],
    [
      "authentication",
      { token: { acr: "1" } },
      "",
      "sign in in the way that the backend wants, or ask the provider's administrator for it",
    ],
    [
      "time",
      { token: { exp: now / 1000 } },
      "the token has expired already",
      "check the clock of this machine and the token lifetime at the provider",
    ],
    ["time", { token: { exp: undefined } }, "", "ask the backend's operator for its clock"],
    ["time", {}, good300, askForClock],
    ["time", { date: now + 29_000 }, good300, askForClock],
    ...[now + 30_000, now - 30_000].map((date): [RefusalTopic, Changes, string, string] => [
      "time",
      { date },
      good300,
      "set the clock that is wrong, the backend's or this machine's",
    ]),
    [
      "scheme",
      { token: { scheme: "DPoP" }, words: { schemes: ["bearer"] } },
      "the backend asks for Bearer tokens, this one is bound to a key (DPoP)",
      "leave OIDC_DPOP out",
    ],
    [
      "scheme",
      {},
      "the backend asks for tokens that are bound to a key (DPoP)",
      "set OIDC_DPOP=1, if the provider supports it",
    ],
    ...[
      { token: { scheme: "DPoP" }, words: { schemes: ["dpop"] } } as const,
      { settings: { dpop: true } },
    ].map((changes): [RefusalTopic, Changes, string, string] => [
      "scheme",
      changes,
      "",
      "check the clock of this machine, which a DPoP proof names, or ask the backend's operator",
    ]),
    ...[undefined, "at+jwt"].map((typ): [RefusalTopic, Changes, string, string] => [
      "type",
      { token: { typ } },
      `the token is of the type ${typ ?? "nothing"}`,
      "ask the backend's operator to accept that type (at+jwt is RFC 9068's), or have the provider " +
      "give access tokens of the type that the backend takes",
    ]),
    ...[undefined, "RS256"].map((alg): [RefusalTopic, Changes, string, string] => [
      "algorithm",
      { token: { alg } },
      `the token is signed with ${alg ?? "nothing"}`,
      "configure the provider to sign access tokens of this client with an algorithm that the " +
      "backend takes, or ask the backend's operator to accept this one",
    ]),
    [
      "signature",
      { token: { iss: "https://said.test" } },
      "",
      "ask the backend's operator whether it has the keys of https://said.test as they are now",
    ],
    [
      "signature",
      { token: { iss: undefined } },
      "",
      "ask the backend's operator whether it has the keys of https://auth.test as they are now",
    ],
    [
      "signature",
      { advertised: { issuers: ["https://other.test"] } },
      "the backend trusts https://other.test, the token is from https://auth.test",
      "set OIDC_ISSUER_URL to the issuer that the backend trusts",
    ],
    [
      "client",
      {},
      "the token was given to the client client",
      "set OIDC_CLIENT_ID to a client that the backend allows, or ask its operator to allow this one",
    ],
    [
      "revoked",
      {},
      "",
      "sign in again with authful-mcp-proxy login; if that does not help, ask the backend's operator " +
      "where it has tokens checked",
    ],
    ["format", {}, "", "ask the backend's operator what form of token it wants"],
    [
      "format",
      { token: { isJwt: false } },
      "a backend that verifies JWTs cannot read it",
      noAudience,
    ],
  ];
  for (const [topic, changes, cause, fix] of rows) {
    assert.deepEqual(
      diagnose(topic, refusal(changes)),
      { cause, fix },
      `${topic} ${JSON.stringify(changes)}`,
    );
  }
});

Deno.test("the audience that is advised is what the backend calls itself, else its URL", () => {
  const wanted = (changes: Changes) =>
    /tokens of this client are for (.*)$/.exec(diagnose("audience", refusal(changes)).fix)?.[1];
  assert.equal(wanted({ settings: { issuer: undefined } }), "https://mcp.test/mcp");
  assert.equal(wanted({}), "what the backend wants");
  assert.equal(wanted({ advertised: { resource: "https://r.test" } }), "https://r.test");
  // Who the token is from decides, and what is sent already.
  const fix = (changes: Changes) => diagnose("audience", refusal(changes)).fix;
  assert.match(fix({ token: { iss: "https://sso.test/realms/a" } }), /in Keycloak/);
  const nameless = refusal({ token: { iss: undefined } });
  assert.match(
    diagnose("audience", { ...nameless, issuer: "https://sso.test/realms/a" }).fix,
    /in Keycloak/,
  );
  assert.match(fix({ settings: { resource: "none" } }), /^set OIDC_AUDIENCE to/);
  assert.match(fix({ settings: { audience: "x" } }), /did not put the audience x/);
  assert.match(fix({ settings: { resource: "https://x.test" } }), /put the resource https:\/\/x\./);
  const entra = { iss: "https://sts.windows.net/t/", aud: ["mine"] };
  assert.match(fix({ token: entra }), /^ask for a scope of the backend/);
  assert.match(
    fix({ token: entra, settings: { scopes: ["api://x/.default"] } }),
    /accept the audience mine/,
  );
});

const operator = "ask the backend's operator, who can see why";
const maybeScope = `${operator}; a scope may be missing`;
const often = `${operator}; often it expects another audience, or a scope is missing`;
const unreadable = "a backend that verifies JWTs cannot read it";
const otherAudience = (aud: string) =>
  `its audience ${aud} may not be what the backend at https://mcp.test/mcp wants`;

Deno.test("what is likeliest when there is no reason", () => {
  const opaque = { isJwt: false, iss: undefined, aud: [], exp: undefined };
  const rows: [Changes, string, string][] = [
    [{ token: opaque }, unreadable, noAudience],
    [{ token: opaque, accepted: {} }, unreadable, noAudience],
    [{ token: opaque, accepted: opaque }, "", maybeScope],
    ...[{ resource: "https://r.test" }, { audience: "a" }].map((
      settings,
    ): [Changes, string, string] => [
      { token: opaque, settings },
      unreadable,
      "configure the provider to give this client JWTs as access tokens",
    ]),
    [{}, "", maybeScope],
    [{ token: { aud: ["https://mcp.test"] } }, "", maybeScope],
    [{ token: { aud: ["mcp-api"] } }, "", often],
    [{ token: { aud: ["mcp-api"] }, accepted: { aud: ["mcp-api"] } }, "", maybeScope],
    [{ token: { aud: ["mcp-api"] }, accepted: { aud: ["other"] } }, "", often],
    [{ token: { aud: ["https://mcp.test/other"] } }, "", often],
    ...["ftp://x.test/", "xhttp://x.test/", "httpsx://x.test/"].map((
      aud,
    ): [Changes, string, string] => [{ token: { aud: [aud] } }, "", often]),
    [{ token: { aud: ["https://mcp.test/mcp", "account"] } }, "", maybeScope],
    [{ token: { aud: ["client", "mcp-api"] } }, "", often],
    ...[
      "client",
      "account",
      "00000003-0000-0000-c000-000000000000",
      "https://x.test/mcp",
      "http://mcp.test/mcp",
    ].map((aud): [Changes, string, string] => [
      { token: { aud: [aud] } },
      otherAudience(aud),
      noAudience,
    ]),
    [{ token: { aud: [] } }, otherAudience("nothing"), noAudience],
    [{ token: { aud: ["client"] }, accepted: { aud: ["client"] } }, "", maybeScope],
    [
      { token: { aud: ["mcp-api"] }, advertised: { resource: "https://r.test" } },
      otherAudience("mcp-api"),
      noAudience.replaceAll("what the backend wants", "https://r.test"),
    ],
    [
      {
        token: { aud: ["account", "https://r.test/"] },
        advertised: { resource: "https://r.test" },
      },
      "",
      maybeScope,
    ],
    [
      { advertised: { scopes: ["a", "b"] }, missing: ["b"] },
      "the backend knows the scope b, which the token lacks",
      `add b to OIDC_SCOPES, or ask the provider's administrator to allow it for this client and ` +
      `you; or ${operator}`,
    ],
    [{ advertised: { scopes: ["a"] } }, "", maybeScope],
    [{ advertised: { scopes: [] }, missing: ["b"] }, "", maybeScope],
    [{ advertised: {}, missing: ["b"] }, "", maybeScope],
    [{ missing: ["b"] }, "", maybeScope],
  ];
  for (const [changes, cause, fix] of rows) {
    assert.deepEqual(
      diagnose(undefined, refusal(changes)),
      { cause, fix },
      JSON.stringify(changes),
    );
  }
});
