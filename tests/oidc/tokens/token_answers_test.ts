/**
 * Token answers that are not as the protocol wants them, and whose meaning is plain all the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fault, startHostileProvider } from "../../support/hostile_provider.ts";
import { startProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

/** A `fetch` whose answers are dated by a clock that is ahead of ours, in milliseconds. */
function withClock(ahead: number) {
  return async (url: string, init?: RequestInit) => {
    const { status, headers, body } = await fetch(url, init);
    const dated = new Headers(headers);
    dated.set("date", new Date(Date.now() + ahead).toUTCString());
    return new Response(body, { status, headers: dated });
  };
}

const plain: Record<string, Fault> = {
  "scopes in an array": ({ tokens }) => void (tokens.scope = ["openid", "mcp:read"]),
  "metadata that names what is not used by http or without a host": ({ metadata }) => {
    metadata.userinfo_endpoint = "http://evil.test/userinfo";
    metadata.registration_endpoint = "/register";
  },
  "no type": ({ tokens }) => void (tokens.token_type = undefined),
  "an ID token signed with an algorithm that the metadata does not list": (answers) => {
    answers.metadata.id_token_signing_alg_values_supported = ["RS256"];
    answers.jwks.keys = answers.jwks.keys.map(({ alg: _, ...key }) => key);
    answers.idTokenHeader = { alg: "PS256", kid: "own" };
  },
  "an ID token of two minutes ahead": ({ claims }) => {
    claims.iat = claims.nbf = Math.floor(Date.now() / 1000) + 120;
  },
};
for (const [name, fault] of Object.entries(plain)) {
  Deno.test(`a token answer with ${name} is understood`, async () => {
    await using provider = startHostileProvider(fault);
    const credential = await createRig(provider, { flow: "browser" }).signIn().credential;
    assert.equal(credential.accessToken, "hostile-access-token");
    assert.equal(credential.tokenType, "Bearer");
    if (name.startsWith("scopes")) assert.equal(credential.scope, "openid mcp:read");
  });
}

Deno.test("an empty refresh token is none", async () => {
  await using provider = startHostileProvider(({ tokens }) => void (tokens.refresh_token = ""));
  const credential = await createRig(provider, { flow: "browser" }).signIn().credential;
  assert.equal(credential.refreshToken, undefined);
});

for (const hours of [-2, 2]) {
  Deno.test(`times are judged by the clock of a provider that is ${hours} h ahead`, async () => {
    const ahead = hours * 3_600_000;
    await using provider = startHostileProvider(({ claims }) => {
      claims.iat = Number(claims.iat) + ahead / 1000;
      claims.exp = Number(claims.exp) + ahead / 1000;
    });
    const rig = createRig(provider, {
      flow: "browser",
      fetch: withClock(ahead),
    });
    const { claims } = await rig.signIn().credential;
    assert.equal(claims?.sub, "ada");
    const told = rig.lines.filter((line) => line.includes("the clock of this machine"));
    assert.equal(told.length, 1);
    assert.match(told[0], /\[info\]/);
  });
}

Deno.test("an ID token that has ended by the provider's clock is refused, whatever ours says", async () => {
  await using provider = startHostileProvider(() => {});
  const rig = createRig(provider, {
    flow: "browser",
    fetch: withClock(400_000),
  });
  await assert.rejects(rig.signIn().credential, /an ID token that ended at/);
});

Deno.test("a backend that is to be shown the ID token needs one", async () => {
  await using provider = await startProvider();
  provider.intercept(({ endpoint }) =>
    endpoint === "token"
      ? { status: 200, body: { access_token: "opaque", token_type: "bearer", expires_in: 60 } }
      : undefined
  );
  const error = await failure(createRig(provider, { presentedToken: "id" }).signIn().credential);
  assert.equal(error.reason, "no_id_token");
});
