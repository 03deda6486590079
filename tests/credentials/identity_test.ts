import assert from "node:assert/strict";
import type { Credential } from "../../src/base/credential.ts";
import {
  accountOf,
  baseIdentity,
  derivedIdentity,
  exchangedFor,
  type Identity,
  identityDigest,
  identityKey,
  isUnattended,
  withoutPersonalParameters,
  withSignInId,
} from "../../src/credentials/identity.ts";

const plain: Identity = {
  issuer: "https://auth.test/",
  clientId: "client",
  scopes: ["openid", "email"],
  profile: "default",
};
const withParameters = (authorizationParameters: Record<string, string>): Identity => ({
  ...plain,
  authorizationParameters,
});

Deno.test("the key of an identity is all that makes it another one, in one order", () => {
  assert.equal(
    identityKey(plain),
    '["https://auth.test","client",["email","openid"],null,null,[],"default"]',
  );
  assert.equal(
    identityKey({
      ...plain,
      issuer: "https://auth.test//",
      scopes: ["openid", "email", "openid"],
      resource: "https://mcp.test/",
      audience: "tools",
      authorizationParameters: { b: "2", c: "3", a: "1" },
      profile: "work",
    }),
    '["https://auth.test","client",["email","openid"],"https://mcp.test/","tools",' +
      '[["a","1"],["b","2"],["c","3"]],"work"]',
  );
  assert.equal(
    JSON.parse(identityKey({ ...plain, issuer: "https://a.test//b/" }))[0],
    "https://a.test//b",
  );
});

Deno.test("the digest of an identity is the SHA-256 of its key", async () => {
  assert.equal(
    await identityDigest(plain),
    "06a3bf8f293c43018f045ad7fc4d7bf8b40a284d39ba85a64d4ef7e7d7816c09",
  );
});

Deno.test("client credentials and workloads need nobody", () => {
  const rows: [Identity | undefined, boolean][] = [
    [withParameters({ "(flow)": "client-credentials" }), true],
    [withParameters({ "(flow)": "workload" }), true],
    [withParameters({ "(flow)": "device" }), false],
    [withParameters({ flow: "workload" }), false],
    [plain, false],
    [undefined, false],
  ];
  for (const [identity, expected] of rows) assert.equal(isUnattended(identity), expected);
});

Deno.test("what is derived from a sign-in says what for, and leads back to it", () => {
  const base = withParameters({ prompt: "login" });
  const derived = derivedIdentity(base, { audience: "tools", resource: undefined });
  assert.deepEqual(derived, withParameters({ prompt: "login", "(exchange) audience": "tools" }));
  assert.deepEqual(baseIdentity(derived), base);
  assert.deepEqual(exchangedFor(derived), { audience: "tools" });
  assert.deepEqual(baseIdentity(derivedIdentity(plain, { client: "x" })), withParameters({}));
  for (const identity of [plain, base]) {
    assert.equal(baseIdentity(identity), undefined);
    assert.deepEqual(exchangedFor(identity), {});
  }
});

Deno.test("what only says who the person is makes no other identity", () => {
  const personal = { prompt: "login", login_hint: "ada", max_age: "60", ui_locales: "de" };
  assert.deepEqual(
    withoutPersonalParameters(withParameters({ ...personal, acr_values: "2" })),
    withParameters({ acr_values: "2" }),
  );
  for (const [name, value] of Object.entries(personal)) {
    assert.deepEqual(
      withoutPersonalParameters(withParameters({ [name]: value })),
      withParameters({}),
    );
  }
  assert.equal(withoutPersonalParameters(withParameters({ acr_values: "2" })), undefined);
  assert.equal(withoutPersonalParameters(plain), undefined);
});

const credential: Credential = {
  issuer: "https://auth.test/",
  clientId: "client",
  accessToken: "token",
  tokenType: "Bearer",
  obtainedAt: 0,
};

Deno.test("an account is a subject at an issuer, else the sign-in, else not known", () => {
  const rows: [Partial<Credential>, Identity, string | undefined][] = [
    [{ claims: { sub: "ada" } }, plain, '["https://auth.test/","ada"]'],
    [{ claims: { sub: "ada" }, signInId: "x" }, plain, '["https://auth.test/","ada"]'],
    [{ claims: { sub: "" }, signInId: "x" }, plain, '["https://auth.test/",null,"x"]'],
    [{ claims: { sub: 7 }, signInId: "x" }, plain, '["https://auth.test/",null,"x"]'],
    [{ signInId: "x" }, plain, '["https://auth.test/",null,"x"]'],
    [{ claims: {} }, plain, undefined],
    [{ claims: { sub: "ada" } }, withParameters({ "(flow)": "workload" }), "unattended"],
  ];
  for (const [fields, identity, account] of rows) {
    assert.equal(accountOf({ ...credential, ...fields }, identity), account);
  }
});

Deno.test("a sign-in has a name of its own where no claim says whose it is", () => {
  const named = { ...credential, claims: { sub: "ada" } };
  assert.equal(withSignInId(named, "x"), named);
  assert.deepEqual(withSignInId(credential, "x"), { ...credential, signInId: "x" });
  const [one, other] = [withSignInId(credential), withSignInId(credential)];
  assert.match(one.signInId ?? "", /^[\da-f-]{36}$/);
  assert.notEqual(one.signInId, other.signInId);
});
