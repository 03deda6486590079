import assert from "node:assert/strict";
import {
  audienceAdvice,
  type AudienceQuestion,
  isSameUrl,
} from "../../../src/oidc/refusal/audience_advice.ts";

const advice = (question: Partial<AudienceQuestion>) =>
  audienceAdvice({ issuer: "https://auth.test", aud: [], scopes: [], ...question });

Deno.test("providers that take the audience from elsewhere are known by their issuer", () => {
  const places: [RegExp, string[]][] = [
    [/in Keycloak, which takes the audience from there and from no parameter$/, [
      "https://sso.test/realms/company",
      "https://sso.test/auth/realms/company/",
    ]],
    [/^ask for a scope of the backend with OIDC_SCOPES, such as api:\/\/its-client-id/, [
      "https://login.microsoftonline.com/t/v2.0",
      "https://login.microsoftonline.us/t/v2.0",
      "https://login.partner.microsoftonline.cn/t/v2.0",
      "https://sts.windows.net/t/",
    ]],
    [/: this provider takes it from the client and from no parameter$/, [
      "https://id.test/application/o/app",
      "https://id.test/application/o/app/",
      "https://org.zitadel.cloud",
      "https://org.zitadel.cloud/",
    ]],
    [/at Okta \(Security, API\), which takes it from there and from no parameter$/, [
      "https://org.okta.com",
      "https://org.okta.com/oauth2/default",
      "https://org.oktapreview.com/",
      "https://org.okta-emea.com",
    ]],
  ];
  for (const [pattern, issuers] of places) {
    for (const issuer of issuers) assert.match(advice({ issuer }), pattern, issuer);
  }
  const others = [
    "https://am.test/am/oauth2/realms/root/realms/alpha",
    "https://sso.test/realms/company/more",
    "https://login.microsoftonline.com.evil.test/",
    "http://sts.windows.net/t/",
    "https://id.test/application/o/app/more",
    "https://org.zitadel.cloud/more",
    "https://org.okta.com.evil.test/",
    "https://okta.com/",
    "https://id.test/https://sts.windows.net/t/",
    "https://id.test/https://org.okta.com/",
  ];
  for (const issuer of others) assert.match(advice({ issuer }), /^set OIDC_AUDIENCE/, issuer);
});

Deno.test("what the backend wants is named where it is known", () => {
  const wanted = "api://backend";
  assert.equal(
    advice({ issuer: "https://sso.test/realms/a", wanted }),
    "add an audience mapper for api://backend to a client scope of this client in Keycloak, which " +
      "takes the audience from there and from no parameter",
  );
  assert.equal(
    advice({ issuer: "https://org.okta.com/", wanted }),
    "set the audience of the authorization server at Okta for api://backend (Security, API), " +
      "which takes it from there and from no parameter",
  );
  assert.equal(
    advice({
      issuer: "https://sts.windows.net/t/",
      scopes: ["openid", "api://x/.default"],
      aud: ["a", "b"],
    }),
    "tell the backend's operator to accept the audience a and b, or ask for the backend's own " +
      "scope with OIDC_SCOPES: Entra ID takes the audience from there",
  );
  assert.equal(
    advice({ issuer: "https://id.test/application/o/a/", aud: [] }),
    "tell the backend's operator to accept the audience nothing: this provider takes it from the " +
      "client and from no parameter",
  );
});

Deno.test("a parameter is advised only when it is neither set nor switched off", () => {
  const at = "configure at the provider that tokens of this client are for";
  const rows: [Partial<AudienceQuestion>, string][] = [
    [
      {},
      "set OIDC_AUDIENCE (Auth0 and similar) or OIDC_RESOURCE (RFC 8707) to what the backend " +
      `wants, if the provider knows that parameter, or ${at} what the backend wants`,
    ],
    [
      { resource: "none", wanted: "w" },
      `set OIDC_AUDIENCE to w, if the provider knows that parameter, or ${at} w`,
    ],
    [
      { resource: "https://r.test", aud: ["c"], wanted: "w" },
      `${at} w, which did not put the resource https://r.test that it was sent into the token`,
    ],
    [
      { resource: "https://r.test", audience: "a", aud: [] },
      `${at} what the backend wants, which did not put the resource https://r.test and audience a ` +
      "that it was sent into the token",
    ],
    [
      { resource: "https://r.test", audience: "a", aud: ["https://r.test/"] },
      `${at} what the backend wants, which did not put the audience a that it was sent into the ` +
      "token",
    ],
    [
      { audience: "a", aud: ["a"] },
      `ask the backend's operator which audience it wants, and ${at} what the backend wants`,
    ],
    [
      { resource: "https://r.test/", aud: ["x", "https://r.test"] },
      `ask the backend's operator which audience it wants, and ${at} what the backend wants`,
    ],
  ];
  for (const [question, expected] of rows) assert.equal(advice(question), expected);
});

Deno.test("identifiers are the same but for a slash at the end", () => {
  assert.ok(isSameUrl("https://A.test", "https://a.test/"));
  assert.ok(isSameUrl("https://a.test/x/", "https://a.test/x"));
  assert.ok(isSameUrl("api", "api/"));
  assert.ok(!isSameUrl("https://a.test/x", "https://a.test/y"));
  assert.ok(!isSameUrl("https://a.test/x/y", "https://a.test/xy"));
});
