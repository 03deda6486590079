/**
 * Providers that put every group and role into their tokens: what does not fit into one value of the
 * store is stored in parts, for the programs of today, and left alone by older ones.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Company, startCompany } from "../support/company.ts";
import { frozenProgram, frozenVersions } from "../support/frozen_versions.ts";
import { type Program, runProgram } from "../support/program.ts";
import { refreshes } from "./mixed_versions.ts";

/** A provider whose access tokens, or ID tokens, have groups of so many bytes in all. */
function startLargeCompany(of: "access token" | "ID token", bytes: number): Promise<Company> {
  const groups = Array.from({ length: bytes / 100 }, (_, at) => `group-${at}`.padEnd(97, "-"));
  return startCompany({
    provider: {
      revocation: true,
      configuration: of === "access token" ? { extraTokenClaims: () => ({ groups }) } : {
        claims: { openid: ["sub", "groups"] },
        findAccount: (_: unknown, sub: string) => ({
          accountId: sub,
          claims: () => ({ sub, groups }),
        }),
      },
    },
  });
}

/** What the store holds, as files. */
async function assertSealed({ home, provider }: Company): Promise<void> {
  const directory = join(home.path, ".mcp-auth", "authful-mcp-proxy");
  const kinds = ["access_token", "refresh_token", "id_token"] as const;
  const secrets = kinds.flatMap((kind) => [...provider.secrets[kind]]);
  const pieces = secrets.flatMap((secret) =>
    secret.match(/.{1,2000}/g)!.map((at) => at.slice(-40))
  );
  assert.ok(pieces.length > 30, String(pieces.length));
  for await (const { name } of Deno.readDir(directory)) {
    const bytes = await Deno.readFile(join(directory, name));
    const text = new TextDecoder("latin1").decode(bytes);
    assert.deepEqual(pieces.filter((piece) => text.includes(piece)), [], name);
  }
}

for (const size of [100 << 10, 300 << 10]) {
  Deno.test(`an access token of ${size >> 10} KiB is stored, given out and removed`, async () => {
    await using company = await startLargeCompany("access token", size);
    const { provider } = company;
    const run = (...args: string[]) => runProgram(company.settings({ args }));
    const signingIn = run("login");
    await company.signIn();
    const login = await signingIn;
    assert.equal(login.code, 0, login.stderr);
    assert.match(login.stderr, /✓ Signed in as ada[^]*renewal +by itself/);
    const [accessToken] = provider.secrets.access_token;
    assert.ok(accessToken.length > size);
    // Two programs at once read what a third one has stored.
    for (const { code, stdout, stderr } of await Promise.all([run("token"), run("token")])) {
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `${accessToken}\n`);
    }
    await assertSealed(company);
    const logout = await run("logout");
    assert.equal(logout.code, 0, logout.stderr);
    assert.match(logout.stderr, /Revoked its refresh token/);
    assert.equal((await run("token")).code, 1);
    assert.equal(company.browser.count(), 1);
  });
}

Deno.test("programs that share a credential with an ID token of 300 KiB renew it once each time", async () => {
  await using company = await startLargeCompany("ID token", 300 << 10);
  const { provider, gateway } = company;
  await using one = await company.start();
  await using two = await company.start();
  await Promise.all([company.signIn(), one.initialize(), two.initialize()]);
  const list = async (program: Program) => assert.ok((await program.request("tools/list")).result);
  for (let round = 1; round <= 3; round++) {
    gateway.distrust(provider.secrets.access_token);
    await Promise.all([list(one), list(two)]);
    assert.equal(refreshes(provider).length, round);
  }
  await assertSealed(company);
  assert.equal(company.browser.count(), 1);
});

for (const version of frozenVersions) {
  Deno.test(`${version.version} cannot use a credential in parts, and takes nothing away from it`, async () => {
    await using company = await startLargeCompany("access token", 300 << 10);
    const { provider } = company;
    const run = (...args: string[]) => runProgram(company.settings({ args }));
    const old = (...args: string[]) =>
      runProgram({ ...company.settings({ args }), command: frozenProgram(version) });
    const signingIn = run("login");
    await company.signIn();
    assert.equal((await signingIn).code, 0);
    const [accessToken] = provider.secrets.access_token;

    const token = await old("token");
    assert.equal(token.code, 1);
    assert.match(token.stderr, /not signed in/);
    const status = await old("status");
    assert.match(status.stderr + status.stdout, /ada/);
    // A sign-in gives it a token that it cannot store either.
    const login = old("login");
    await company.signIn();
    assert.equal((await login).code, 1);
    assert.equal(refreshes(provider).length, 0);

    const { code, stdout, stderr } = await run("token");
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${accessToken}\n`);
    const logout = await old("logout");
    assert.equal(logout.code, 0, logout.stderr);
    const nothing = await run("token");
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /not signed in/);
    assert.doesNotMatch(nothing.stderr, /cannot be decrypted/);
  });
}
