/**
 * A sign-in at a provider that means harm: each fault ends in a clear error, and nothing is
 * executed, stored or leaked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createPerson } from "../support/person.ts";
import {
  endlessAnswer,
  type Fault,
  redirectElsewhere,
  startHostileProvider,
} from "../support/hostile_provider.ts";
import { createRig, failure } from "./rig.ts";

function base64url(data: string): string {
  return btoa(data).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function unsigned(header: object, claims: object): string {
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
}

/** Each fault with the reason of the error that it must end in. */
const faults: Record<string, { fault: Fault; reason: RegExp; opens?: true }> = {};
const add = (name: string, reason: RegExp, fault: Fault, opens?: true) => {
  faults[name] = { reason, fault, opens };
};

add("another issuer", /^issuer_mismatch$/, ({ metadata }) => {
  metadata.issuer = "https://evil.test";
});
for (
  const url of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://user:password@evil.test/auth",
    "https://evil.test/auth\r\nx-injected: yes",
    "https://evil.test/$(touch${IFS}owned)",
    "https://evil.test/`touch owned`",
    "https://evil.test/auth|calc.exe",
    '"--help',
    "http://evil.test/auth",
    "data:text/html,hello",
  ]
) {
  for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"]) {
    add(`${JSON.stringify(url)} as ${name}`, /^unsafe_endpoint$/, ({ metadata }) => {
      metadata[name] = url;
    });
  }
}
add("an authorization endpoint of 900 kB", /^unsafe_endpoint$/, ({ metadata }) => {
  metadata.authorization_endpoint = `https://evil.test/${"a".repeat(900_000)}`;
});
add("no PKCE with S256", /^no_pkce$/, ({ metadata }) => {
  metadata.code_challenge_methods_supported = ["plain"];
});
for (
  const [place, path] of [["metadata", "/.well-known/openid-configuration"], ["token", "/token"], [
    "key",
    "/jwks",
  ]]
) {
  const opens = place === "metadata" ? undefined : true;
  add(`an endless ${place} answer`, /^answer_too_long$/, ({ instead }) => {
    instead[path] = endlessAnswer;
  }, opens);
  add(`a redirect of the ${place} request`, /^provider_redirect$/, ({ instead }) => {
    instead[path] = redirectElsewhere;
  }, opens);
  add(`HTML as the ${place} answer`, /^(no_metadata|invalid_response)$/, ({ instead }) => {
    instead[path] = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  }, opens);
}
add("an ID token without signature", /^id_token_alg$/, (answers) => {
  answers.idTokenHeader = { alg: "none" };
  answers.sign = (header, claims) => Promise.resolve(`${unsigned(header, claims)}.`);
}, true);
add("an ID token signed with the public key as a secret", /^id_token_alg$/, (answers, keys) => {
  answers.idTokenHeader = { alg: "HS256", kid: "own" };
  answers.sign = (header, claims) => {
    const text = unsigned(header, claims);
    const mac = createHmac("sha256", JSON.stringify(keys.publicJwk)).update(text);
    return Promise.resolve(`${text}.${mac.digest("base64url")}`);
  };
}, true);
add("an ID token signed with another key", /^id_token_signature$/, (answers, keys) => {
  answers.sign = keys.signWithAnother;
}, true);
add("an ID token signed with a key that is not listed", /^id_token_key$/, (answers) => {
  answers.idTokenHeader = { alg: "RS256", kid: "nobody's" };
}, true);
add("no keys", /^id_token_key$/, ({ jwks }) => {
  jwks.keys = [];
}, true);
const claimFaults: Record<string, [RegExp, Record<string, unknown>]> = {
  "another nonce": [/^id_token_nonce$/, { nonce: "another" }],
  "no nonce": [/^invalid_response$/, { nonce: undefined }],
  "another audience": [/^id_token_aud$/, { aud: "somebody-else" }],
  "two audiences and no azp": [/^id_token_aud$/, { aud: ["authful-test", "other"] }],
  "another azp": [/^id_token_azp$/, { aud: ["authful-test", "other"], azp: "other" }],
  "another azp with one audience": [/^id_token_azp$/, { azp: "other" }],
  "another iss": [/^id_token_iss$/, { iss: "https://evil.test" }],
  "no sub": [/^invalid_response$/, { sub: undefined }],
  "an empty sub": [/^invalid_response$/, { sub: "" }],
  "an exp in the past": [/^id_token_time$/, { exp: Math.floor(Date.now() / 1000) - 60 }],
  "an iat in the future": [/^id_token_time$/, { iat: Math.floor(Date.now() / 1000) + 3600 }],
  "the at_hash of another token": [/^id_token_at_hash$/, { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }],
};
for (const [name, [reason, change]] of Object.entries(claimFaults)) {
  add(`an ID token with ${name}`, reason, ({ claims }) => void Object.assign(claims, change), true);
}
const tokenFaults: Record<string, Record<string, unknown>> = {
  "a negative lifetime": { expires_in: -1 },
  "a huge lifetime": { expires_in: 1e300 },
  "a lifetime in words": { expires_in: "soon" },
  "a type nobody knows": { token_type: "mac" },
  "an empty access token": { access_token: "" },
  "an access token that is no text": { access_token: { a: 1 } },
  "line breaks in the access token": { access_token: "a\r\nx-injected: yes" },
  "control characters in the access token": { access_token: "a\u0000b\u001b[31m" },
  "line breaks in the refresh token": { refresh_token: "a\r\nb" },
  "an ID token that is none": { id_token: "a.b.c" },
  "an ID token that is no text": { id_token: 7 },
  "a scope that is no text": { scope: [7] },
};
for (const [name, change] of Object.entries(tokenFaults)) {
  add(name, /^(invalid_response|unsupported_token_type)$/, ({ tokens }) => {
    Object.assign(tokens, change);
  }, true);
}
add("HTML and an escape sequence in the error", /^invalid_grant$/, ({ instead }) => {
  instead["/token"] = () =>
    Response.json({
      error: "invalid_grant",
      error_description: "<script>alert(1)</script>\u001b[31m\nsecond line hostile-code",
    }, { status: 400 });
}, true);
add("an error code that is not one", /^[^\p{Cc}]{1,80}$/u, ({ instead }) => {
  instead["/token"] = () =>
    Response.json({ error: `x\n\u001b[2J${"y".repeat(500)}` }, { status: 400 });
}, true);
add("the iss of another provider in the redirect", /^invalid_response$/, ({ redirect }) => {
  redirect.iss = "https://evil.test";
}, true);
add(
  "a token instead of a code in the redirect",
  /^(invalid_response|unsupported)$/,
  ({ redirect }) => {
    redirect.id_token = "a.b.c";
  },
  true,
);

for (const [name, { fault, reason, opens }] of Object.entries(faults)) {
  Deno.test(`hostile provider: ${name}`, async () => {
    await using provider = startHostileProvider(fault);
    const person = createPerson();
    const opened: URL[] = [];
    let stored = 0;
    const rig = createRig(provider, {
      person,
      onCredential: () => Promise.resolve(void stored++),
      flow: "browser",
    });
    const run = rig.signIn();
    run.pending.then(({ authorizationUrl }) => opened.push(new URL(authorizationUrl)));
    const error = await failure(run.credential);
    assert.match(error.reason, reason, error.message);
    assert.notEqual(error.category, "Internal error");
    assert.equal(stored, 0);
    assert.equal(opened.length, opens ? 1 : 0);
    for (const url of opened) assert.equal(url.origin, new URL(provider.issuer).origin);
    const said = `${error.message}\n${rig.lines.join("")}`;
    assert.doesNotMatch(error.message, /[\p{Cc}\u2028\u2029]/u);
    for (const secret of provider.secrets) assert.ok(!said.includes(secret), secret);
    if (opens) {
      const page = await run.page;
      assert.equal(page.url.pathname, "/auth/callback");
      assert.doesNotMatch(page.html, /<script|You are signed in/);
      for (const secret of provider.secrets) assert.ok(!page.html.includes(secret), secret);
    }
  });
}

Deno.test("hostile provider: without a fault it would be signed in at", async () => {
  await using provider = startHostileProvider(() => {});
  const credential = await createRig(provider, { flow: "browser" }).signIn().credential;
  assert.equal(credential.accessToken, "hostile-access-token");
});

for (
  const uri of ["http://evil.test/device", "javascript:alert(1)", "file:///etc/passwd", "not a URL"]
) {
  Deno.test(`hostile provider: ${uri} as the page to enter the code at`, async () => {
    await using provider = startHostileProvider(({ instead }) => {
      instead["/device"] = () =>
        Response.json({
          device_code: "hostile-device-code",
          user_code: "ABCD",
          verification_uri: uri,
          expires_in: 300,
        });
    });
    const rig = createRig(provider, { flow: "device" });
    const error = await failure(rig.signIn().credential);
    assert.equal(error.reason, "unsafe_endpoint");
    assert.ok(!rig.lines.join("").includes(uri));
  });
}
