import assert from "node:assert/strict";
import { join } from "node:path";
import { createExampleProvider } from "../../../scripts/freeze/example_provider.ts";
import { createAccess, identityOf } from "../../../src/app/access.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import type { PendingAuthorization } from "../../../src/base/credential.ts";
import { importDataKey, openRecord } from "../../../src/credentials/encryption/sealed_record.ts";
import { identityDigest } from "../../../src/credentials/identity.ts";
import type { CredentialRecord } from "../../../src/credentials/store/credential_record.ts";
import { keys, placeOf } from "../../../src/credentials/store/keys.ts";
import { asProxyError, type ProxyError } from "../../../src/base/errors.ts";
import { createLog } from "../../../src/base/log.ts";
import { frozenVersions } from "../../support/frozen_versions.ts";
import { within } from "../../support/within.ts";
import { asking, background } from "../room.ts";
import { assertCredential, assertCredentials, openFrozenStore } from "./frozen_store.ts";

for (const { version, directory, stores } of frozenVersions) {
  for (const store of stores.filter(({ encryption }) => encryption !== "keychain")) {
    const { encryption, accounts, writtenAt } = store;
    const name = (what: string) => `a store of ${version} with encryption ${encryption}: ${what}`;
    const [[denied, { cooldown: signInCooldown }]] = Object.entries(accounts)
      .filter(([, { cooldown }]) => cooldown?.of === "sign-in");
    const [[down, { cooldown: refreshCooldown, credential: downCredential }]] = Object
      .entries(accounts).filter(([, { cooldown }]) => cooldown?.of === "refresh");

    Deno.test(name("every credential reads back exactly"), () => assertCredentials(store));

    Deno.test(name("an expired access token is renewed with the refresh token"), async () => {
      await using opened = await openFrozenStore(store);
      const { credential } = accounts["expired"];
      const source = await opened.source("expired", credential!.expiresAt! + 1);
      let spent: string | undefined;
      source.flows.onRefresh = (before) => {
        spent = before.refreshToken;
        return Promise.resolve(source.flows.grant({ ...before, accessToken: "renewed" }));
      };
      assert.equal((await source.current(background())).accessToken, "renewed");
      assert.equal(spent, credential!.refreshToken);
    });

    Deno.test(name("a refresh token that may be spent is not sent again"), async () => {
      await using opened = await openFrozenStore(store);
      const source = await opened.source("interrupted", writtenAt);
      const { accessToken } = await source.current(background());
      const renewed = within(source.renewed(accessToken, asking()), { what: "another credential" });
      assert.notEqual((await renewed).accessToken, accessToken);
      assert.equal(source.flows.refreshes, 0);
      assert.equal(source.flows.signIns, 1);
    });

    Deno.test(name("no sign-in before the cooldown is over"), async () => {
      await using opened = await openFrozenStore(store);
      const { until, says } = signInCooldown!;
      const during = await opened.source(denied, until - 1);
      const error = await errorOf(during.current(asking()));
      assert.equal(error.reason, "sign_in_paused");
      assert.equal(error.retryAfter, 1);
      for (const text of says) assert.ok(error.message.includes(text), error.message);
      assert.doesNotMatch(error.message, /undefined/);
      assert.equal(during.flows.signIns, 0);
      const after = await opened.source(denied, until + 1);
      await after.current(asking());
      assert.equal(after.flows.signIns, 1);
    });

    Deno.test(name("no refresh before the cooldown is over"), async () => {
      await using opened = await openFrozenStore(store);
      const { until, says } = refreshCooldown!;
      const during = await opened.source(down, until - 1);
      const error = await errorOf(during.current(asking()));
      assert.equal(error.reason, "refresh_paused");
      assert.equal(error.retryAfter, 1);
      for (const text of says) assert.ok(error.message.includes(text), error.message);
      assert.doesNotMatch(error.message, /undefined/);
      assert.equal(during.flows.refreshes, 0);
      const after = await opened.source(down, until + 1);
      after.flows.onRefresh = (before) => {
        assert.equal(before.refreshToken, downCredential!.refreshToken);
        return Promise.resolve(after.flows.grant({ ...before, accessToken: "renewed" }));
      };
      assert.equal((await after.current(asking())).accessToken, "renewed");
    });

    Deno.test(name("the sign-in that was under way goes on while it can"), async () => {
      await using opened = await openFrozenStore(store);
      const expected = accounts["signing-in"].pending!;
      const source = await opened.source("signing-in", expected.expiresAt - 1);
      const resumed = Promise.withResolvers<PendingAuthorization | undefined>();
      source.flows.onSignIn = async (context) => {
        resumed.resolve(context.resume);
        const credential = source.flows.grant();
        await context.onCredential(credential);
        return credential;
      };
      await within(Promise.resolve(source.current(asking())), { what: "the end of the sign-in" });
      const pending = await resumed.promise;
      assert.ok(pending);
      const { codeChallenge, ...fields } = expected;
      const { codeVerifier, redirectUrl, issuer, ...rest } = pending;
      assert.deepEqual(rest, fields);
      const request = new URL(fields.authorizationUrl).searchParams;
      assert.equal(redirectUrl, request.get("redirect_uri"));
      assert.equal(new URL(issuer).host, new URL(fields.authorizationUrl).host);
      assert.equal(await challengeOf(codeVerifier), codeChallenge);
    });

    Deno.test(name("a sign-in that was under way is begun anew when it is over"), async () => {
      for (const at of [accounts["signing-in"].pending!.expiresAt + 1, Date.now()]) {
        await using opened = await openFrozenStore(store);
        const source = await opened.source("signing-in", at);
        let resumed: PendingAuthorization | undefined;
        source.flows.onSignIn = (context) => {
          resumed = context.resume;
          return Promise.reject(new Error("far enough"));
        };
        await within(errorOf(source.current(asking())), { what: "a sign-in of its own" });
        assert.equal(source.flows.signIns, 1);
        assert.equal(resumed, undefined);
      }
    });

    Deno.test(name("the registered client is used, not another one registered"), async () => {
      await using opened = await openFrozenStore(store);
      const { fetch } = globalThis;
      const provider = await createExampleProvider(Date.now);
      const url = Promise.withResolvers<URL>();
      const write = (line: string) => {
        const found = /http:\/\/\S+\/sign-in\/\S+/.exec(line)?.[0];
        if (!found) return;
        fetch(found, { redirect: "manual" }).then(
          ({ headers }) => url.resolve(new URL(headers.get("location")!)),
          url.reject,
        );
      };
      const settings: Awaited<ReturnType<typeof opened.settings>> = {
        ...await opened.settings("registered"),
        cacheDir: opened.cacheDir,
        credentialEncryption: encryption,
        oidcFlow: "browser",
        noBrowser: true,
      };
      globalThis.fetch = provider.fetch;
      const { source } = createAccess(settings, createLog({ level: "info", write }));
      const stop = new AbortController();
      try {
        const signedIn = source.signIn({ force: true, signal: stop.signal });
        const { searchParams } = await within(
          Promise.race([url.promise, signedIn.then(() => url.promise)]),
          { what: "the authorization URL" },
        );
        assert.equal(searchParams.get("client_id"), accounts["registered"].registeredClient);
        assert.deepEqual(provider.registered, []);
        stop.abort();
        await signedIn.catch(() => {});
      } finally {
        await source.close();
        globalThis.fetch = fetch;
      }
    });
  }

  for (const store of stores.filter(({ encryption }) => encryption === "keychain")) {
    Deno.test(`a store of ${version} opens with the data key from its keychain`, async () => {
      await using opened = await openFrozenStore(store);
      assert.match(store.keychain!.password, /^[0-9a-f]{64}$/);
      const dataKey = await importDataKey(
        Uint8Array.from(store.keychain!.password.match(/../g)!, (pair) => parseInt(pair, 16)),
      );
      const kv = await Deno.openKv(join(opened.cacheDir, "cache.db"));
      try {
        for (const [name, { credential }] of Object.entries(store.accounts)) {
          if (!credential) continue;
          const identity = identityOf(await opened.settings(name));
          const key = keys.credential(await identityDigest(identity));
          const { value } = await kv.get<Uint8Array>(key);
          assert.ok(value, `nothing is stored for ${name}`);
          const record = await openRecord<CredentialRecord>(value, {
            dataKey,
            place: placeOf(key),
          });
          assert.deepEqual(record?.identity, identity);
          await assertCredential(record.credential, credential);
        }
      } finally {
        kv.close();
      }
    });
  }

  Deno.test(`the configuration file of ${version} means the same as then`, async () => {
    const expected: Record<string, Record<string, unknown>> = JSON.parse(
      await Deno.readTextFile(join(directory, "settings.json")),
    );
    assert.ok(Object.keys(expected["everything"]).length > 40);
    for (const [server, settings] of Object.entries(expected)) {
      const resolved = await resolveSettings({
        flags: { backendUrl: server, config: join(directory, "config.json") },
        getEnv: () => undefined,
        readTextFile: (path) => Deno.readTextFile(path),
      });
      const today: Record<string, unknown> = JSON.parse(JSON.stringify(resolved.settings));
      for (const [name, value] of Object.entries(settings)) {
        assert.deepEqual(today[name], value, `${server}.${name}`);
      }
    }
  });
}

async function errorOf(result: unknown): Promise<ProxyError> {
  const error = await Promise.resolve(result).then(() => undefined, (error) => error);
  assert.ok(error instanceof Error, "it was expected to fail");
  return asProxyError(error);
}

/** RFC 7636 section 4.2. */
async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
