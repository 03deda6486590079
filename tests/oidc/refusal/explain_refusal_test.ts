import assert from "node:assert/strict";
import type { Credential } from "../../../src/base/credential.ts";
import { explainRefusal } from "../../../src/oidc/refusal/explain_refusal.ts";
import { tokenFacts } from "../../../src/oidc/refusal/token_facts.ts";
import type { TokenRefusal } from "../../../src/oidc/refusal/token_refusal.ts";

const now = Date.UTC(2026, 10, 23, 9);

function tokenWith(claims: Record<string, unknown>, header: Record<string, unknown> = {}): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "RS256", ...header })}.${part(claims)}.c2lnbmF0dXJl`;
}

const good = {
  iss: "https://auth.test",
  aud: "https://mcp.test/mcp",
  scope: "openid tools",
  exp: now / 1000 + 300,
};

function factsOf(token: string, changes: Partial<Credential> = {}) {
  return tokenFacts({
    issuer: "https://auth.test",
    clientId: "client",
    accessToken: token,
    tokenType: "Bearer",
    obtainedAt: now,
    ...changes,
  });
}

/** What a backend answers, and what else is known. */
interface Case extends Partial<Omit<TokenRefusal, "headers" | "body" | "token" | "settings">> {
  challenge?: string;
  headers?: Record<string, string>;
  body?: [string, string];
  header?: Record<string, unknown>;
  credential?: Partial<Credential>;
  settings?: Partial<TokenRefusal["settings"]>;
}

function explain(claims: Record<string, unknown> | string, given: Case = {}) {
  const { challenge, headers, body, header, credential, settings, ...rest } = given;
  const token = typeof claims === "string" ? claims : tokenWith({ ...good, ...claims }, header);
  return explainRefusal({
    status: 401,
    headers: new Headers({
      ...headers,
      ...(challenge && { "www-authenticate": challenge }),
      ...(body && { "content-type": body[0] }),
    }),
    body: body && new TextEncoder().encode(body[1]),
    backendUrl: new URL("https://mcp.test/mcp"),
    token: factsOf(token, credential),
    issuer: "https://auth.test",
    clientId: "client",
    settings: {
      issuer: "https://auth.test",
      scopes: ["openid", "tools"],
      dpop: false,
      ...settings,
    },
    now,
    ...rest,
  });
}

const invalid = (description: string) =>
  `Bearer error="invalid_token", error_description="${description}"`;

Deno.test("what the backend said comes first, then what the token says, and never the token", () => {
  const token = tokenWith({ ...good, acr: "1" });
  const error = explain(token, {
    challenge: 'Bearer error="invalid_token", error_description="no \\"luck\\"", scope="tools"',
  });
  assert.ok(
    error.what.startsWith(
      'https://mcp.test refused the token with HTTP 401 (invalid_token, "no "luck"", scope tools); ' +
        "the token says iss https://auth.test, aud https://mcp.test/mcp, scope openid tools, " +
        "exp 2026-11-23T09:05:00.000Z, acr 1",
    ),
    error.what,
  );
  for (const part of token.split(".")) assert.ok(!error.message.includes(part));
  assert.equal(error.reason, "token_refused");
  assert.equal(error.httpStatus, 401);
});

/** The words of real backends, and what must follow from them whatever else looks likely. */
const said: [string, Case & { claims?: Record<string, unknown> }, RegExp][] = [
  [
    "Spring Security: issuer",
    {
      challenge: invalid(
        "An error occurred while attempting to decode the Jwt: The iss claim is not valid",
      ),
    },
    /which issuer it trusts, and set OIDC_ISSUER_URL/,
  ],
  [
    "Spring Security: audience",
    {
      challenge: invalid(
        "An error occurred while attempting to decode the Jwt: The aud claim is not valid",
      ),
      claims: { aud: "account" },
    },
    /set OIDC_AUDIENCE .* or OIDC_RESOURCE/,
  ],
  [
    "Spring Security: at+jwt",
    {
      challenge: invalid(
        "An error occurred while attempting to decode the Jwt: JOSE header typ (type) at+jwt not allowed",
      ),
      header: { typ: "at+jwt" },
      claims: { aud: "mcp-api" },
    },
    /of the type at\+jwt\. Fix: ask the backend's operator to accept that type/,
  ],
  [
    "Spring Security: keys",
    {
      challenge: invalid(
        "An error occurred while attempting to decode the Jwt: Signed JWT rejected: Another algorithm expected, or no matching key(s) found",
      ),
    },
    /whether it has the keys of https:\/\/auth\.test/,
  ],
  [
    "Spring Security: expired",
    {
      challenge: invalid(
        "An error occurred while attempting to decode the Jwt: Jwt expired at 2026-11-23T08:59:00Z",
      ),
    },
    /by this machine's clock it is good for 300 s\. Fix: ask the backend's operator to compare its clock/,
  ],
  [
    "the MCP SDK for Go: audience, in the body",
    {
      challenge: 'Bearer resource_metadata="https://mcp.test/.well-known/oauth-protected-resource"',
      body: ["text/plain; charset=utf-8", "invalid token: token has invalid audience\n"],
      claims: { aud: "other" },
    },
    /"invalid token: token has invalid audience".* Fix: set OIDC_AUDIENCE/,
  ],
  [
    "the MCP SDK for Go: issuer, in the body",
    { body: ["text/plain; charset=utf-8", "invalid token: token has invalid issuer\n"] },
    /set OIDC_ISSUER_URL/,
  ],
  [
    "jose: issuer",
    { challenge: invalid("unexpected 'iss' claim value"), claims: { aud: "other" } },
    /set OIDC_ISSUER_URL/,
  ],
  ["PyJWT: expired", { challenge: invalid("Signature has expired") }, /compare its clock/],
  ["jsonwebtoken: not active yet", { challenge: invalid("jwt not active") }, /compare its clock/],
  [
    "an API in JSON: client",
    { body: ["application/json", '{"error":{"message":"client_id not allowed"}}'] },
    /given to the client client\. Fix: set OIDC_CLIENT_ID/,
  ],
  [
    "a scope in words",
    { challenge: invalid("scope mcp:read missing"), claims: { aud: "mcp-api" } },
    /ask the backend's operator what it takes/,
  ],
  ["revoked", { challenge: invalid("Provided token isn't active") }, /login; if that does not/],
];
for (const [name, { claims = {}, ...given }, wanted] of said) {
  Deno.test(`what the words point to is advised: ${name}`, () => {
    const { message } = explain(claims, given);
    assert.match(message, wanted);
    if (!/audience/.test(name)) assert.doesNotMatch(message, /set OIDC_(AUDIENCE|RESOURCE)/);
  });
}

Deno.test("no reason given: its operator can see why", () => {
  for (
    const given of [
      {},
      { challenge: "Bearer" },
      { challenge: 'Bearer error="invalid_token"' },
      { challenge: invalid("Authentication required") },
    ]
  ) {
    const { message } = explain({}, given);
    assert.match(message, /operator, who can see why/);
    assert.doesNotMatch(message, /set OIDC_/);
  }
});

Deno.test("words that are said whatever the reason is point nowhere, and a scope may be missing", () => {
  // FastMCP 2 to 4, for expired tokens, wrong audiences and missing scopes alike.
  const challenge = invalid(
    "Authentication failed. The provided bearer token is invalid, expired, or no longer recognized " +
      "by the server. To resolve: clear authentication tokens in your MCP client and reconnect. Your " +
      "client should automatically re-register and obtain new tokens.",
  );
  const { message } = explain({}, { challenge });
  assert.match(message, /"Authentication failed\. The provided bearer token/);
  assert.match(message, /a scope may be missing\.$/);
  assert.doesNotMatch(message, /clock/);
});

Deno.test("an audience that is no URL is no fault when the backend took it before", () => {
  const token = tokenWith({ ...good, aud: "account" });
  const { message } = explain(token, { accepted: factsOf(token) });
  assert.match(message, /it took one that says the same before/);
  assert.doesNotMatch(message, /audience/);
});

Deno.test("an audience that is no URL gets no blame without evidence", () => {
  const { message } = explain({ aud: "mcp-api" });
  assert.doesNotMatch(message, /set OIDC_(AUDIENCE|RESOURCE)/);
  assert.match(message, /often it expects another audience/);
});

Deno.test("what differs from a token that was taken before is said", () => {
  const accepted = factsOf(tokenWith({ ...good, aud: "mcp-api", scope: "openid admin" }));
  const { message } = explain({}, { accepted });
  assert.match(message, /it took one with aud mcp-api, scope openid admin before/);
});

const audiences: [string, Case & { claims: Record<string, unknown> }, RegExp, RegExp?][] = [
  [
    "Keycloak's account names the audience mapper",
    { claims: { iss: "https://sso.test/realms/company", aud: "account" } },
    /add an audience mapper to a client scope/,
    /set OIDC/,
  ],
  [
    "Keycloak, the wanted audience is known",
    {
      claims: { iss: "https://sso.test/realms/company", aud: "account" },
      advertised: { issuers: [], resource: "https://mcp.test/mcp" },
    },
    /add an audience mapper for https:\/\/mcp\.test\/mcp to a client scope/,
    /set OIDC/,
  ],
  [
    "ForgeRock's realms are not Keycloak's",
    { claims: { iss: "https://am.test/am/oauth2/realms/root/realms/alpha", aud: "client" } },
    /OIDC_AUDIENCE .* or OIDC_RESOURCE/,
    /Keycloak/,
  ],
  [
    "Entra ID goes by the scopes",
    {
      claims: {
        iss: "https://login.microsoftonline.com/t/v2.0",
        aud: "00000003-0000-0000-c000-000000000000",
      },
    },
    /scope of the backend with OIDC_SCOPES, such as api:/,
    /OIDC_RESOURCE|OIDC_AUDIENCE/,
  ],
  [
    "a resource parameter that the provider did not heed",
    { claims: { aud: "client" }, settings: { resource: "https://mcp.test/mcp" } },
    /configure at the provider that .* did not put the resource https:\/\/mcp\.test\/mcp/,
    /OIDC_RESOURCE/,
  ],
  [
    "an audience parameter that the provider did heed is not advised again",
    {
      claims: { aud: "https://api.test" },
      settings: { audience: "https://api.test" },
      advertised: { issuers: [], resource: "https://mcp.test/mcp" },
    },
    /ask the backend's operator which audience it wants/,
    /set OIDC/,
  ],
  [
    "the resource was switched off",
    { claims: { aud: "client" }, settings: { resource: "none" } },
    /set OIDC_AUDIENCE/,
    /OIDC_RESOURCE/,
  ],
  [
    "nothing was asked for",
    { claims: { aud: "client" } },
    /set OIDC_AUDIENCE \(Auth0 and similar\) or OIDC_RESOURCE/,
  ],
  [
    "what the backend calls itself",
    { claims: {}, advertised: { issuers: ["https://auth.test/"], resource: "https://api.test" } },
    /advertises itself as https:\/\/api\.test.* to https:\/\/api\.test, if the provider/,
  ],
];
for (const [name, { claims, ...given }, wanted, never] of audiences) {
  Deno.test(`audience: ${name}`, () => {
    const { message } = explain(claims, given);
    assert.match(message, wanted);
    if (never) assert.doesNotMatch(message, never);
  });
}

Deno.test("another issuer: set it, unless it is set to that already", () => {
  const advertised = { issuers: ["https://other.test"] };
  assert.match(
    explain({}, { advertised }).message,
    /trusts https:\/\/other\.test, the token is from https:\/\/auth\.test\. Fix: set OIDC_ISSUER_URL/,
  );
  const { message } = explain({}, { advertised, settings: { issuer: "https://other.test/" } });
  assert.match(message, /tell the backend's operator that tokens of that provider say iss https/);
  assert.doesNotMatch(message, /set OIDC_ISSUER_URL/);
});

Deno.test("DPoP is named when the backend knows only Bearer, unless it took such a token before", () => {
  const challenge = 'Bearer error="invalid_token"';
  const credential = { tokenType: "DPoP" } as const;
  const settings = { dpop: true };
  const { message } = explain({}, { challenge, credential, settings });
  assert.match(message, /is sent with the scheme DPoP.* Fix: leave OIDC_DPOP out/);
  const accepted = factsOf(tokenWith(good), credential);
  assert.doesNotMatch(explain({}, { challenge, credential, settings, accepted }).message, /leave/);
});

Deno.test("a backend that wants DPoP is told from one that refuses the proof", () => {
  const challenge = 'DPoP error="invalid_token", algs="ES256"';
  assert.match(explain({}, { challenge }).message, /Fix: set OIDC_DPOP=1/);
  const bound = { challenge, credential: { tokenType: "DPoP" }, settings: { dpop: true } } as const;
  assert.doesNotMatch(explain({}, bound).message, /OIDC_DPOP/);
});

Deno.test("another authentication is named with what the token says of it", () => {
  const error = explain({ acr: "1", aud: "mcp-api" }, {
    challenge:
      'Bearer error="insufficient_user_authentication", error_description="A different level is required", acr_values="2"',
    note: "signing in for it did not help",
  });
  assert.match(error.message, /acr_values 2\); the token says .*acr 1; signing in for it did not/);
  assert.doesNotMatch(error.message, /OIDC_AUDIENCE|OIDC_RESOURCE/);
  assert.equal(error.reason, "insufficient_user_authentication");
});

Deno.test("the backend's clock is compared with ours", () => {
  const headers = { date: new Date(now + 400_000).toUTCString() };
  const { message } = explain({}, { headers, challenge: invalid("jwt expired") });
  assert.match(message, /the backend's clock is 400 s ahead of ours.* Fix: set the clock/);
});

Deno.test("a token that has ended", () => {
  const { message } = explain({ exp: now / 1000 - 5 });
  assert.match(message, /\(past\).* Fix: check the clock of this machine/);
});

Deno.test("a token that cannot be looked into", () => {
  assert.match(explain("opaque").message, /cannot read it\. Fix: set OIDC_AUDIENCE/);
  const asked = explain("opaque", { settings: { audience: "https://mcp.test/mcp" } });
  assert.match(asked.message, /configure the provider to give this client JWTs/);
  assert.doesNotMatch(asked.message, /OIDC_AUDIENCE/);
  const accepted = explain("opaque", { accepted: factsOf("opaque2") });
  assert.doesNotMatch(accepted.message, /cannot read it/);
});

Deno.test("a scope is advised to be added, or to be granted when it is set already", () => {
  const challenge = 'Bearer error="insufficient_scope", scope="tools write"';
  const given = { status: 403, challenge } as const;
  const { message, reason } = explain({ scope: undefined, scp: ["tools"] }, given);
  assert.match(message, /wants the scope write\. Fix: add write to OIDC_SCOPES/);
  assert.equal(reason, "insufficient_scope");
  const set = explain({}, { ...given, settings: { scopes: ["tools", "write"] } });
  assert.match(set.message, /Fix: ask the provider's administrator to grant it/);
});

Deno.test("403 without a word", () => {
  assert.match(explain({}, { status: 403 }).message, /what it takes to be allowed this/);
});

Deno.test("the scopes of the backend's metadata are the last thing to look at", () => {
  const advertised = {
    issuers: ["https://auth.test"],
    resource: "https://mcp.test/mcp",
    scopes: ["mcp:read"],
  };
  const { message } = explain({}, { advertised, challenge: 'Bearer error="invalid_token"' });
  assert.match(message, /knows the scope mcp:read, which the token lacks\. Fix: add mcp:read/);
});

Deno.test("what comes from outside stays on one line and short", () => {
  const error = explain({ aud: `x\n\u001b[31m${"y".repeat(1000)}`, scope: "s ".repeat(1000) }, {
    challenge: invalid("z".repeat(1000)),
    body: ["application/problem+json", JSON.stringify({ detail: "d\n".repeat(1000) })],
    advertised: {
      issuers: Array.from({ length: 1000 }, (_, at) => `https://${at}.test`),
      resource: `https://${"r".repeat(1000)}.test`,
    },
  });
  assert.doesNotMatch(error.message, /\p{Cc}/u);
  assert.ok(error.message.length < 3000, String(error.message.length));
});

Deno.test("a page in the body is not shown", () => {
  const { message } = explain({}, { body: ["text/html", "<h1>Sign in</h1>"] });
  assert.doesNotMatch(message, /h1/);
});

const says =
  "the token says iss https://auth.test, aud https://mcp.test/mcp, scope openid tools, " +
  "exp 2026-11-23T09:05:00.000Z";
const saysPast = says.replace("09:05:00.000Z", "09:00:00.000Z (past)");
const past = { exp: now / 1000 };
const ended = "the token has expired already";
const clock = "check the clock of this machine and the token lifetime at the provider";
const unreasoned = "; the backend gave no reason, but its operator can see why";
const allowed = "ask the backend's operator what it takes to be allowed this";
const add = (scope: string) =>
  `add ${scope} to OIDC_SCOPES, or ask the provider's administrator to allow it for this client and you`;

/** Claims, what else is known, and the whole of the error. */
const whole: [Record<string, unknown>, Case, string, string][] = [
  [
    {},
    {},
    `and no reason; ${says}`,
    "ask the backend's operator, who can see why; a scope may be missing",
  ],
  [
    {},
    { challenge: 'Bearer scope=" "' },
    `and no reason; ${says}`,
    "ask the backend's operator, who can see why; a scope may be missing",
  ],
  [past, {}, `and no reason; ${saysPast}; ${ended}`, `${clock}${unreasoned}`],
  [
    past,
    { note: "nobody signed in" },
    `and no reason; ${saysPast}; ${ended}; nobody signed in`,
    `${clock}${unreasoned}`,
  ],
  [
    past,
    { challenge: invalid("unauthorized") },
    `(invalid_token, "unauthorized"); ${saysPast}; ${ended}`,
    `${clock}${unreasoned}`,
  ],
  [
    past,
    { challenge: invalid("unauthorized"), body: ["text/plain", "jwt expired"] },
    `(invalid_token, "unauthorized", "jwt expired"); ${saysPast}; ${ended}`,
    clock,
  ],
  [
    {},
    { challenge: 'Bearer scope="tools write"' },
    `(scope tools write); ${says}; the backend wants the scope write`,
    add("write"),
  ],
  [
    {},
    { challenge: 'Bearer scope="write"', advertised: { issuers: [], scopes: ["admin"] } },
    `(scope write); ${says}; the backend wants the scope write`,
    add("write"),
  ],
  [
    {},
    { challenge: 'Bearer error="insufficient_user_authentication", acr_values="2 3"' },
    `(insufficient_user_authentication, acr_values 2 3); ${says}; the token says nothing of how the ` +
    "person signed in",
    "sign in in the way that the backend wants, or ask the provider's administrator for it",
  ],
  [
    {},
    {
      status: 403,
      challenge: 'Bearer error="insufficient_scope"',
      advertised: { issuers: [], scopes: ["admin", "tools"] },
    },
    `(insufficient_scope); ${says}; the backend wants the scope admin`,
    add("admin"),
  ],
  [
    {},
    { status: 403, advertised: { issuers: [], scopes: ["admin"] } },
    `and no reason; ${says}; the backend does not allow this to you`,
    allowed,
  ],
  [
    {},
    { status: 403, challenge: 'Bearer scope="tools"' },
    `(scope tools); ${says}; the token has the scope that the backend names`,
    allowed,
  ],
];
Deno.test("a refusal is told in whole sentences", () => {
  for (const [claims, given, what, fix] of whole) {
    const error = explain(claims, given);
    const { status = 401 } = given;
    assert.deepEqual(
      [error.category, error.what, error.fix, error.httpStatus],
      [
        "Authentication error",
        `https://mcp.test refused the token with HTTP ${status} ${what}`,
        fix,
        status,
      ],
    );
  }
});
