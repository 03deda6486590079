import assert from "node:assert/strict";
import {
  checkMetadata,
  checkPkce,
  requireUsable,
  takeOutUnsafe,
  urlFault,
} from "../../../src/oidc/discovery/check_metadata.ts";
import type { AuthorizationServer } from "../../../src/oidc/oauth_types.ts";

const issuer = "https://auth.test";
const source = "https://auth.test/metadata";

function metadata(more: Record<string, unknown> = {}): AuthorizationServer {
  return { issuer, token_endpoint: `${issuer}/token`, ...more } as AuthorizationServer;
}

Deno.test("why a URL must not be used", () => {
  const here = "http://127.0.0.1:9/";
  const rows: [unknown, string, string | undefined][] = [
    ["https://a.test/x?y=z", issuer, undefined],
    [7, issuer, "is no text"],
    [undefined, issuer, "is no text"],
    [`https://a.test/${"x".repeat(8_192 - 15)}`, issuer, undefined],
    [`https://a.test/${"x".repeat(8_193 - 15)}`, issuer, "is longer than 8192 characters"],
    ...[" ", "\n", "\u0007", '"', "'", "<", ">", "\\", "^", "`", "{", "|", "}", "$(id)", "\u0085"]
      .map((part): [unknown, string, string] => [
        `https://a.test/${part}x`,
        issuer,
        "has characters that no URL has",
      ]),
    ["https://a.test/$x(y)", issuer, undefined],
    ["/relative", issuer, "is no absolute URL"],
    ["https://user@a.test/", issuer, "has a user name in it"],
    ["https://:password@a.test/", issuer, "has a user name in it"],
    ["https://a.test/#x", issuer, "has a fragment"],
    ["http://a.test/", issuer, "is not https"],
    ["ftp://a.test/", issuer, "is not https"],
    ["http://a.test/", here, "is not https"],
    ["http://127.0.0.1:8/", here, undefined],
    ["https://127.0.0.1:8/", here, undefined],
    ["https://localhost/", "http://localhost:8/", undefined],
    ["ws://127.0.0.1/", here, "is neither https nor http"],
    ["httpx://127.0.0.1/", here, "is neither https nor http"],
    ["xhttp://127.0.0.1/", here, "is neither https nor http"],
    ["http://127.0.0.1:8/", issuer, "is an address of this machine, named by another one"],
    ["https://x.localhost/", issuer, "is an address of this machine, named by another one"],
    ["https://127.0.0.1/", "no URL", "is an address of this machine, named by another one"],
    ["https://a.test/", "no URL", undefined],
  ];
  for (const [value, teller, fault] of rows) {
    assert.equal(urlFault(value, teller), fault, `${value} by ${teller}`);
  }
});

Deno.test("endpoints that must not be used are taken out, and told", () => {
  const given = metadata({
    authorization_endpoint: "http://a.test/",
    jwks_uri: 7,
    end_session_endpoint: null,
    revocation_endpoint: "",
    registration_endpoint: undefined,
    service_documentation: "http://a.test/",
    my_endpoint_x: "http://a.test/",
    jwks_uri_other: "http://a.test/",
    other_jwks_uri: "http://a.test/",
    mtls_endpoint_aliases: { token_endpoint: "http://b.test/", jwks_uri: "https://b.test/" },
  });
  assert.deepEqual(takeOutUnsafe(given, source), {
    authorization_endpoint:
      `the metadata at ${source} has "http://a.test/" as its authorization_endpoint, which is not ` +
      "https",
    jwks_uri: `the metadata at ${source} has 7 as its jwks_uri, which is no text`,
    "mtls_endpoint_aliases.token_endpoint":
      `the metadata at ${source} has "http://b.test/" as its mtls_endpoint_aliases.token_endpoint, ` +
      "which is not https",
  });
  assert.deepEqual(Object.keys(given), [
    "issuer",
    "token_endpoint",
    "end_session_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
    "service_documentation",
    "my_endpoint_x",
    "jwks_uri_other",
    "other_jwks_uri",
    "mtls_endpoint_aliases",
  ]);
  assert.deepEqual(given.mtls_endpoint_aliases, { jwks_uri: "https://b.test/" });
});

Deno.test("aliases that are no object are passed over", () => {
  for (const mtls_endpoint_aliases of [undefined, null, "text", 7]) {
    assert.deepEqual(takeOutUnsafe(metadata({ mtls_endpoint_aliases }), source), {});
  }
});

Deno.test("fifty refused endpoints are remembered, and all are taken out", () => {
  const names = Array.from({ length: 60 }, (_, index) => `n${index}_endpoint`);
  const given = metadata(Object.fromEntries(names.map((name) => [name, "http://a.test/"])));
  assert.deepEqual(Object.keys(takeOutUnsafe(given, source)), names.slice(0, 50));
  assert.deepEqual(Object.keys(given), ["issuer", "token_endpoint"]);
});

Deno.test("what is needed must be there, but for the keys", () => {
  const check = (
    more: Record<string, unknown>,
    needed: Parameters<typeof checkMetadata>[1]["needed"],
    refused?: Record<string, string>,
  ) => checkMetadata(metadata(more), { source, needed, refused });
  assert.deepEqual(check({}, ["token_endpoint", "jwks_uri"]), {});
  for (const nothing of [undefined, null, ""]) {
    assert.throws(() => check({ token_endpoint: nothing }, ["token_endpoint"]), {
      reason: "missing_endpoint",
      message:
        `Configuration error: the metadata at ${source} has no token_endpoint. Fix: check that ` +
        "OIDC_ISSUER_URL names an OpenID Provider with the authorization code flow.",
    });
  }
  assert.throws(() => check({ jwks_uri: "http://a.test/" }, ["jwks_uri"]), {
    reason: "unsafe_endpoint",
    message:
      `Configuration error: the metadata at ${source} has "http://a.test/" as its jwks_uri, which ` +
      "is not https. Fix: check OIDC_ISSUER_URL, or tell the provider's administrator.",
  });
  // What was taken out before is known still, unless it is refused anew.
  assert.throws(() => check({}, ["token_endpoint"], { token_endpoint: "it was bad" }), {
    reason: "unsafe_endpoint",
    what: "it was bad",
  });
  assert.deepEqual(check({ x_endpoint: 7 }, [], { x_endpoint: "old", y_endpoint: "kept" }), {
    x_endpoint: `the metadata at ${source} has 7 as its x_endpoint, which is no text`,
    y_endpoint: "kept",
  });
});

Deno.test("a refused alias counts for mutual TLS alone", () => {
  const alias = { "mtls_endpoint_aliases.token_endpoint": "the alias is bad" };
  requireUsable({}, "token_endpoint");
  requireUsable(alias, "token_endpoint");
  requireUsable(alias, "token_endpoint", {});
  requireUsable({}, "token_endpoint", { mutualTls: true });
  const mutualTls = { mutualTls: true };
  assert.throws(() => requireUsable(alias, "token_endpoint", mutualTls), {
    what: "the alias is bad",
  });
  const own = { token_endpoint: "it is bad" };
  assert.throws(() => requireUsable(own, "token_endpoint", mutualTls), { what: "it is bad" });
  assert.throws(() => requireUsable({ ...own, ...alias }, "token_endpoint", mutualTls), {
    what: "the alias is bad",
  });
  assert.throws(() => requireUsable({ ...own, ...alias }, "token_endpoint"), {
    what: "it is bad",
  });
});

Deno.test("PKCE is wanted of every provider that speaks of it", () => {
  const check = (methods: string[] | undefined, strict: boolean) => {
    const warnings: string[] = [];
    checkPkce(
      { issuer, ...methods && { code_challenge_methods_supported: methods } },
      { strict, warn: (line) => void warnings.push(line) },
    );
    return warnings;
  };
  assert.deepEqual(check(["plain", "S256"], true), []);
  assert.deepEqual(check(undefined, false), [
    "https://auth.test does not say that it knows PKCE (S256), which protects the sign-in; going on",
  ]);
  const rows: [string[] | undefined, string][] = [
    [
      undefined,
      "https://auth.test does not say that it knows PKCE (S256). Fix: leave --strict out if you " +
      "trust it to know PKCE all the same.",
    ],
    [
      ["plain", "x"],
      "https://auth.test knows only plain, x for PKCE, not S256, without which an intercepted code " +
      "can be redeemed. Fix: use a provider that supports PKCE with S256.",
    ],
    [
      [],
      "https://auth.test knows only no method for PKCE, not S256, without which an intercepted code " +
      "can be redeemed. Fix: use a provider that supports PKCE with S256.",
    ],
  ];
  for (const [methods, message] of rows) {
    assert.throws(() => check(methods, methods === undefined), {
      reason: "no_pkce",
      message: `Configuration error: ${message}`,
    });
    if (methods) assert.throws(() => check(methods, true), { reason: "no_pkce" });
  }
});
