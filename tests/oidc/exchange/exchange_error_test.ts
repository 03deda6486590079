import assert from "node:assert/strict";
import { ProxyError, type ProxyErrorDetails } from "../../../src/base/errors.ts";
import { exchangeError, type RefusedExchange } from "../../../src/oidc/exchange/exchange_error.ts";
import { isFinal } from "../../../src/oidc/exchange/is_final.ts";
import { tokenTypeUri } from "../../../src/oidc/exchange/token_types.ts";

const refused: RefusedExchange = { issuer: "https://auth.test", clientId: "client", scopes: [] };

function failed(reason: string, more: Partial<ProxyErrorDetails> = {}): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: "no",
    fix: "look",
    reason,
    httpStatus: 400,
    ...more,
  });
}

const ask = "ask the administrator of https://auth.test to";
const [configuration, authentication] = ["Configuration error", "Authentication error"] as const;

const rows: [string, Partial<RefusedExchange>, ProxyError["category"], string][] = [
  [
    "invalid_target",
    { audience: "tools", resource: "https://r.test" },
    configuration,
    `${ask} let the client client have a token for tools, or correct OIDC_EXCHANGE_AUDIENCE or ` +
    "OIDC_EXCHANGE_RESOURCE",
  ],
  [
    "invalid_target",
    { resource: "https://r.test", requested: "id-jag" },
    configuration,
    `${ask} let the client client have an ID-JAG for https://r.test, or correct ` +
    "OIDC_EXCHANGE_AUDIENCE or OIDC_EXCHANGE_RESOURCE",
  ],
  [
    "access_denied",
    { requested: "access_token" },
    authentication,
    `${ask} allow your account a token for the backend there`,
  ],
  ["unauthorized_client", {}, configuration, `${ask} allow the client client token exchange`],
  [
    "invalid_client",
    {},
    configuration,
    "look; public clients may not exchange tokens at every provider",
  ],
  [
    "unsupported_grant_type",
    {},
    configuration,
    `${ask} switch token exchange (RFC 8693) on, or leave OIDC_EXCHANGE_* out`,
  ],
  [
    "invalid_scope",
    { scopes: ["a", "b"] },
    configuration,
    `${ask} let the client client exchange tokens for a b, or correct OIDC_EXCHANGE_SCOPES`,
  ],
  [
    "invalid_scope",
    { scopes: ["a"] },
    configuration,
    `${ask} let the client client exchange tokens for a, or correct OIDC_EXCHANGE_SCOPES`,
  ],
  [
    "invalid_scope",
    {},
    configuration,
    `${ask} look at the consents of this client, or set OIDC_EXCHANGE_SCOPES`,
  ],
  ...["consent_required", "interaction_required"].map((reason): typeof rows[number] => [
    reason,
    { audience: "tools" },
    authentication,
    `${ask} grant consent for a token for tools to the client client, since nobody is asked for it ` +
    "during an exchange",
  ]),
  ...["invalid_request", "invalid_grant", "invalid_token"].map((reason): typeof rows[number] => [
    reason,
    {},
    authentication,
    `sign in again (authful-mcp-proxy login --force); if that does not help, ${ask} see why it does ` +
    "not exchange tokens of the client client",
  ]),
  ["whatever", {}, authentication, "look"],
];
for (const [reason, changes, category, fix] of rows) {
  Deno.test(`an exchange refused with ${reason} ${JSON.stringify(changes)}`, () => {
    const before = failed(reason);
    const error = exchangeError(before, { ...refused, ...changes });
    assert.ok(error instanceof ProxyError);
    assert.deepEqual(
      [error.category, error.what, error.fix, error.reason, error.final, error.httpStatus],
      [category, "no", fix, reason, true, 400],
    );
    assert.equal(error.cause, before);
  });
}

Deno.test("Entra ID, which knows no exchange, is known by its host", () => {
  const fix = (issuer: string) =>
    (exchangeError(failed("unsupported_grant_type"), { ...refused, issuer }) as ProxyError).fix;
  const own = [
    "https://login.microsoftonline.com/t/v2.0",
    "https://microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/t",
    "https://sts.windows.net/t/",
    "https://windows.net/",
  ];
  for (const issuer of own) {
    assert.equal(
      fix(issuer),
      "set OIDC_EXCHANGE_GRANT=on-behalf-of, which is what Entra ID has instead",
      issuer,
    );
  }
  const others = [
    "https://login.microsoftonline.com.evil.test/",
    "https://notwindows.net/",
    "https://microsoftonline.cn/",
    "no URL",
  ];
  for (const issuer of others) assert.match(fix(issuer), /^ask the administrator of/, issuer);
});

Deno.test("what may be otherwise in a moment stays what it is", () => {
  const passing = [
    failed("provider_down", { transient: true }),
    failed("x", { category: "Network error" }),
    failed("x", { category: "Internal error" }),
  ];
  for (const error of passing) {
    assert.equal(isFinal(error), false);
    assert.equal(exchangeError(error, refused), error);
  }
  assert.equal(isFinal(failed("x")), true);
  const other = new Error("no ProxyError");
  assert.equal(exchangeError(other, refused), other);
  const cause = new Error("the first");
  const caused = failed("invalid_grant", { cause });
  assert.equal((exchangeError(caused, refused) as ProxyError).cause, cause);
});

Deno.test("token types have the identifiers that are registered", () => {
  assert.equal(tokenTypeUri("access_token"), "urn:ietf:params:oauth:token-type:access_token");
  assert.equal(tokenTypeUri("id-jag"), "urn:ietf:params:oauth:token-type:id-jag");
});
