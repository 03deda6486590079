import assert from "node:assert/strict";
import type { Credential } from "../../src/base/credential.ts";
import { refuseOtherSubject } from "../../src/credentials/refuse_other_subject.ts";
import type {
  CredentialStore,
  StoredCredential,
} from "../../src/credentials/store/credential_store.ts";
import { scriptedFlows } from "./scripted_flows.ts";

const ada = scriptedFlows().grant({ issuer: "https://auth.test", claims: { sub: "ada" } });
const bob: Credential = { ...ada, claims: { sub: "bob" } };
const storedAs = (credential: Credential) => ({ credential }) as StoredCredential;

/** What is removed of the store on the way. */
async function compare(stored: StoredCredential | undefined, next: Credential, keep?: boolean) {
  const removed: unknown[] = [];
  const store = {
    remove: (one) => Promise.resolve(removed.push(one) > 0),
  } as Pick<CredentialStore, "remove"> as CredentialStore;
  const error = await refuseOtherSubject(store, { stored, next, keep }).catch((error) => error);
  return { removed, error };
}

const fine: [what: string, stored: Credential | undefined, next: Credential][] = [
  ["there is none yet", undefined, bob],
  ["it is the same", ada, { ...ada, accessToken: "next" }],
  ["the stored one does not say whose it is", { ...ada, claims: undefined }, bob],
  ["the stored one has claims without a subject", { ...ada, claims: {} }, bob],
  ["the new one does not say whose it is", ada, { ...bob, claims: undefined }],
  ["it is of another provider", ada, { ...bob, issuer: "https://other.test" }],
];
for (const [what, stored, next] of fine) {
  Deno.test(`a credential takes the place of another one when ${what}`, async () => {
    assert.deepEqual(await compare(stored && storedAs(stored), next), {
      removed: [],
      error: undefined,
    });
  });
}

const { issuer: _, ...old } = ada;
for (
  const [name, credential] of [["", ada], [" of an older version", old as Credential]] as const
) {
  Deno.test(`the credential of another account removes the stored one${name}, and is refused`, async () => {
    const stored = storedAs(credential);
    const { removed, error } = await compare(stored, bob);
    assert.deepEqual(removed, [stored]);
    assert.deepEqual([error.category, error.reason, error.what, error.fix], [
      "Authentication error",
      "subject_changed",
      "the provider answered for another account (sub bob) than the one signed in (ada); the " +
      "stored credential was removed",
      "sign in again, with --profile for a second account",
    ]);
  });
}

Deno.test("where the stored one is good all the same, it stays", async () => {
  const { removed, error } = await compare(storedAs(ada), bob, true);
  assert.deepEqual(removed, []);
  assert.deepEqual([error.category, error.reason, error.what, error.fix], [
    "Authentication error",
    "other_account",
    "the provider answered for another account (sub bob) than the one signed in (ada); the one " +
    "signed in stays so",
    "sign in as that one when asked for more, or run authful-mcp-proxy login --force to change " +
    "the account",
  ]);
});
