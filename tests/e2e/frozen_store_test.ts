import assert from "node:assert/strict";
import { join } from "node:path";
import type { FrozenAccount } from "../../scripts/freeze/write_store.ts";
import {
  copyFrozenStore,
  frozenProgram,
  type FrozenStoreFixture,
  frozenVersions,
  readFrozenStore,
} from "../support/frozen_versions.ts";
import { createHome } from "../support/home.ts";
import { repository } from "../support/paths.ts";
import { runProgram } from "../support/program.ts";

for (const { version, directory, stores } of frozenVersions) {
  for (const store of stores.filter(({ encryption }) => encryption !== "keychain")) {
    const { encryption, accounts } = store;
    const kind = `a store of ${version} with encryption ${encryption}`;
    const settings = { MCP_PROXY_CREDENTIAL_ENCRYPTION: encryption };

    Deno.test(`status shows what is in ${kind}`, async () => {
      await using home = await createHome();
      await copyFrozenStore(store, home.path);
      const { code, stdout, stderr } = await runProgram({
        home: home.path,
        args: ["status", "--json"],
        env: settings,
      });
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      assertReported(stdout, store);
    });

    Deno.test(`token prints what is in ${kind}, also by the configuration file`, async () => {
      await using home = await createHome();
      await copyFrozenStore(store, home.path);
      const byConfig = {
        MCP_PROXY_CONFIG: join(directory, "config.json"),
        MCP_BACKEND_URL: "signed-in",
      };
      const starts: [string, Record<string, string>][] = [
        ["signed-in", byConfig],
        ["every-field", accounts["every-field"].env],
        ["registered", accounts["registered"].env],
      ];
      await Promise.all(starts.map(async ([name, env]) => {
        const { code, stdout, stderr } = await runProgram({
          home: home.path,
          args: ["token"],
          env: { ...settings, ...env },
        });
        assert.equal(code, 0, stderr);
        assert.equal(stderr, "");
        assert.equal(stdout, `${accounts[name].credential!.accessToken}\n`);
      }));
    });
  }
}

Deno.test("every released version shows what is in a store of today's program", async () => {
  await using home = await createHome();
  const directory = join(home.path, "frozen");
  const script = join(repository, "scripts", "freeze", "write_store.ts");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, directory, "file"],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const store = readFrozenStore(directory);
  await copyFrozenStore(store, home.path);
  for (const version of frozenVersions) {
    const command = frozenProgram(version);
    const status = await runProgram({ home: home.path, args: ["status", "--json"], command });
    assert.equal(status.stderr, "");
    assertReported(status.stdout, store);
    const { env, credential } = store.accounts["signed-in"];
    const token = await runProgram({ home: home.path, args: ["token"], command, env });
    assert.equal(token.stdout, `${credential!.accessToken}\n`, token.stderr);
  }
});

function assertReported(stdout: string, store: FrozenStoreFixture): void {
  const byProfile = (a: { profile: string }, b: { profile: string }) =>
    a.profile < b.profile ? -1 : 1;
  const { identities } = JSON.parse(stdout);
  const shown = identities.toSorted(byProfile).map((identity: Record<string, unknown>) => {
    const { file: _, ...rest } = identity;
    return rest;
  });
  const expected = Object.entries(store.accounts).filter(([, { credential }]) => credential)
    .map(([name, account]) => reported(name, { account, store }));
  assert.deepEqual(shown, expected.toSorted(byProfile));
}

/** What `status --json` must say of an account, in times of today. */
function reported(
  name: string,
  { account: { env, credential, lastUsedAt }, store }: {
    account: FrozenAccount;
    store: FrozenStoreFixture;
  },
) {
  const { claims, scope, expiresAt, refreshToken } = credential!;
  return {
    issuer: env.OIDC_ISSUER_URL ? credential!.issuer : env.MCP_BACKEND_URL,
    clientId: env.OIDC_CLIENT_ID || "(registered by itself)",
    account: claims?.email ?? null,
    subject: claims?.sub ?? null,
    profile: name,
    scopes: scope?.split(" ") ?? null,
    ...env.OIDC_RESOURCE && { resource: env.OIDC_RESOURCE },
    ...env.OIDC_AUDIENCE && { audience: env.OIDC_AUDIENCE },
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    valid: expiresAt === undefined || expiresAt > Date.now(),
    renewable: refreshToken !== undefined,
    lastUsedAt: new Date(lastUsedAt ?? store.writtenAt).toISOString(),
    encryption: store.encryption,
  };
}
