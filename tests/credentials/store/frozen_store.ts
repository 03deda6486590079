/** What every frozen store is asked; used here and inside a session with a keychain. */
import assert from "node:assert/strict";
import type { FrozenAccount, FrozenCredential } from "../../../scripts/freeze/write_store.ts";
import { identityOf } from "../../../src/app/access.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import type { Credential } from "../../../src/base/credential.ts";
import { createCredentialSource } from "../../../src/credentials/credential_source.ts";
import { type Identity, identityDigest } from "../../../src/credentials/identity.ts";
import { createCredentialStore } from "../../../src/credentials/store/credential_store.ts";
import { openStore } from "../../../src/credentials/store/open_store.ts";
import { listStoredIdentities } from "../../../src/credentials/stored_credentials.ts";
import type { Settings } from "../../../src/settings/settings.ts";
import { copyFrozenStore, type FrozenStoreFixture } from "../../support/frozen_versions.ts";
import { createHome } from "../../support/home.ts";
import { createLog } from "../../../src/base/log.ts";
import { type ScriptedFlows, scriptedFlows } from "../scripted_flows.ts";
import { background } from "../room.ts";

/** A copy of a frozen store, with a clock. */
export interface OpenedStore extends AsyncDisposable {
  /** Its cache directory. */
  readonly cacheDir: string;
  /** What today's code said about it, warnings and worse. */
  readonly warnings: readonly string[];
  /** The settings that name an account. */
  settings(name: string): Promise<Settings>;
  /** A source for one account, at a time, with a provider that counts. */
  source(name: string, at: number): Promise<
    ReturnType<typeof createCredentialSource> & {
      flows: ScriptedFlows;
    }
  >;
}

/** Copies a frozen store to a home of its own. */
export async function openFrozenStore(store: FrozenStoreFixture): Promise<OpenedStore> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await createHome());
  const cacheDir = await copyFrozenStore(store, home.path);
  const warnings: string[] = [];
  const log = createLog({ level: "warn", write: (line) => warnings.push(line) });
  const settings = async (name: string) =>
    await settingsOf(store.accounts[name], { HOME: home.path });
  const owned = stack.move();
  return {
    cacheDir,
    warnings,
    settings,
    async source(name, at) {
      const now = () => at;
      const flows = scriptedFlows(now);
      const source = createCredentialSource({
        cacheDir,
        identity: identityOf(await settings(name)),
        flows,
        log,
        encryption: store.encryption,
        now,
      });
      owned.defer(() => source.close());
      return { ...source, flows };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function settingsOf(
  { env }: FrozenAccount,
  more: Record<string, string>,
): Promise<Settings> {
  const variables: Record<string, string> = { ...env, ...more };
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => variables[name],
    readTextFile: (path) => Deno.readTextFile(path),
  });
  return settings;
}

/** Every credential is what the provider gave, whichever way it is read. */
export async function assertCredentials(store: FrozenStoreFixture): Promise<void> {
  await using opened = await openFrozenStore(store);
  const { cacheDir, warnings } = opened;
  const signedIn = Object.entries(store.accounts).filter(([, { credential }]) => credential);
  assert.ok(signedIn.length >= 11);
  const log = createLog({ level: "error" });
  const listed = await listStoredIdentities({ cacheDir, log });
  assert.equal(listed.length, signedIn.length);
  for (const [name, account] of signedIn) {
    const source = await opened.source(name, store.writtenAt);
    await assertCredential(await source.current(background()), account.credential!);

    const identity = identityOf(await opened.settings(name));
    const found = listed.find((each) => each.identity?.profile === name);
    assert.deepEqual(found?.identity, identity);
    assert.equal(found.encryption, store.encryption);
    assert.equal(found.lastUsedAt, account.lastUsedAt ?? store.writtenAt);
    assert.equal(await rotates({ cacheDir, identity, store }), account.rotates, name);
  }
  assert.deepEqual(warnings, []);
}

async function rotates(
  { cacheDir, identity, store }: {
    cacheDir: string;
    identity: Identity;
    store: FrozenStoreFixture;
  },
): Promise<boolean | undefined> {
  const log = createLog({ level: "error" });
  using open = await openStore({ cacheDir, encryption: store.encryption, log });
  const digest = await identityDigest(identity);
  return (await createCredentialStore({ ...open, identity, digest, log }).read())?.rotates;
}

/**
 * A credential is what the provider gave; of a key that it is bound to, the provider saw one half, and
 * of the name of the sign-in nothing.
 */
export async function assertCredential(
  { dpopKey, signInId: _, ...credential }: Credential,
  { dpopKey: publicKey, ...expected }: FrozenCredential,
): Promise<void> {
  assert.deepEqual(credential, expected);
  assert.equal(dpopKey !== undefined, publicKey !== undefined);
  if (!dpopKey || !publicKey) return;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { key_ops: _ops, ...jwk } = dpopKey;
  const sign = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  const verify = await crypto.subtle.importKey("jwk", publicKey, algorithm, false, ["verify"]);
  const data = new TextEncoder().encode("signed by the stored key");
  const signature = await crypto.subtle.sign(algorithm, sign, data);
  assert.ok(await crypto.subtle.verify(algorithm, verify, signature, data));
}
