import assert from "node:assert/strict";
import { derivedFor, groupDerived } from "../../../src/cli/credentials/derived_tokens.ts";
import { derivedIdentity, type Identity } from "../../../src/credentials/identity.ts";
import type { StoredIdentity } from "../../../src/credentials/stored_credentials.ts";

const signIn = (clientId: string): Identity => ({
  issuer: "https://auth.test",
  clientId,
  scopes: ["openid"],
  profile: "default",
});

const stored = (identity?: Identity): StoredIdentity => ({
  identity,
  renewable: true,
  encryption: "file",
  file: "cache.db",
});

Deno.test("derived tokens stand under the sign-in that they came of, whatever comes first", () => {
  const [a, b] = [stored(signIn("a")), stored(signIn("b"))];
  const of = (clientId: string, audience: string) =>
    stored(derivedIdentity(signIn(clientId), { audience }));
  const [a1, a2, b1, orphan] = [of("a", "1"), of("a", "2"), of("b", "1"), of("gone", "1")];
  assert.deepEqual(groupDerived([a1, a, b1, orphan, a2, b]), [
    { signIn: a, derived: [a1, a2] },
    { signIn: orphan, derived: [] },
    { signIn: b, derived: [b1] },
  ]);
  assert.deepEqual(groupDerived([]), []);
});

Deno.test("what cannot be decrypted stands for itself, with nothing under it", () => {
  const [lost, other] = [stored(), stored()];
  const orphan = stored(derivedIdentity(signIn("a"), { audience: "1" }));
  const known = stored(signIn("b"));
  assert.deepEqual(groupDerived([lost, orphan, known, other]), [
    { signIn: lost, derived: [] },
    { signIn: orphan, derived: [] },
    { signIn: known, derived: [] },
    { signIn: other, derived: [] },
  ]);
});

Deno.test("a derived token is named by its backend, else its audience, resource or scopes", () => {
  const all = { backend: "b", audience: "a", resource: "r", scopes: "s" };
  const rows: [Record<string, string | undefined>, string][] = [
    [all, "b"],
    [{ ...all, backend: undefined }, "a"],
    [{ resource: "r", scopes: "s" }, "r"],
    [{ scopes: "s" }, "s"],
    [{ grant: "on-behalf-of" }, "the backend"],
    [{}, "the backend"],
  ];
  for (const [exchange, named] of rows) {
    assert.equal(derivedFor(derivedIdentity(signIn("a"), exchange)), named);
  }
});
