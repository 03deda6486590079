import assert from "node:assert/strict";
import { identityDigest } from "../../src/credentials/identity.ts";
import { createCredentialStore } from "../../src/credentials/store/credential_store.ts";
import { openStore } from "../../src/credentials/store/open_store.ts";
import { listStoredIdentities } from "../../src/credentials/stored_credentials.ts";
import { createLog } from "../../src/base/log.ts";
import { type Company, startCompany } from "../support/company.ts";
import type { Program } from "../support/program.ts";

const processes = 20;

/** As many processes of the program as a machine with many clients starts on wake-up. */
async function startMany(company: Company, count = processes) {
  const stack = new AsyncDisposableStack();
  const programs = await Promise.all(
    Array.from({ length: count }, async () => stack.use(await company.start())),
  );
  return { programs, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function assertWorking(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map(async (program, at) => {
    const call = { name: "echo", arguments: { message: `${at}` } };
    const { result, error } = await program.request("tools/call", call);
    assert.equal(error, undefined, error?.message);
    assert.deepEqual(result?.content, [{ type: "text", text: `Echo: ${at}` }]);
  }));
}

/** Sets the end of every stored access token to the past: shorter than waiting for it. */
async function expireStoredTokens(company: Company): Promise<void> {
  const cacheDir = `${company.home.path}/.mcp-auth/authful-mcp-proxy`;
  const log = createLog({ level: "error" });
  for (const { identity } of await listStoredIdentities({ cacheDir, log })) {
    assert.ok(identity);
    using opened = await openStore({ cacheDir, encryption: "file", log });
    const digest = await identityDigest(identity);
    const store = createCredentialStore({ ...opened, identity, digest, log });
    const stored = await store.read();
    assert.ok(stored);
    const expiresAt = Date.now() - 1;
    assert.ok(await store.replace(stored, { ...stored.credential, expiresAt }));
  }
}

Deno.test("20 processes that start at once sign in once", async () => {
  await using company = await startCompany();
  const { provider, browser } = company;
  await using many = await startMany(company);
  await Promise.all([company.signIn(), ...many.programs.map((program) => program.initialize())]);
  await assertWorking(many.programs);
  assert.equal(browser.count(), 1);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  assert.equal(provider.count("token"), 1);
  // Those who wait say for whom.
  await Promise.any(
    many.programs.map((program) =>
      program.logged(/process \d+ is signing in for this identity already/)
    ),
  );
});

Deno.test("20 processes with an expired token and a rotating refresh token refresh once", async () => {
  await using company = await startCompany();
  const { provider, browser } = company;
  {
    await using first = await company.start();
    await Promise.all([company.signIn(), first.initialize()]);
    await first.endInput();
    await first.exit;
  }
  await expireStoredTokens(company);
  await using many = await startMany(company);
  await Promise.all(many.programs.map((program) => program.initialize()));
  await assertWorking(many.programs);
  assert.equal(provider.count("token", "refresh_token"), 1);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(browser.count(), 1);
});

Deno.test("20 processes whose token is refused all at once refresh once", async () => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;
  await using many = await startMany(company);
  await Promise.all([company.signIn(), ...many.programs.map((program) => program.initialize())]);
  await assertWorking(many.programs);
  gateway.distrust(provider.secrets.access_token);
  await Promise.all(Array.from({ length: 5 }, () => assertWorking(many.programs)));
  assert.equal(provider.count("token", "refresh_token"), 1);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(browser.count(), 1);
});

Deno.test("when the process that opened the browser is killed, another finishes its sign-in", async () => {
  await using company = await startCompany();
  const { provider, browser, person } = company;
  await using many = await startMany(company);
  const initialized = Promise.all(many.programs.map(async (program) => {
    // The killed one cannot answer.
    return await program.initialize().then(() => program, () => undefined);
  }));
  const url = await browser.opened();
  const tab = await person.openTab(url);
  // It logs the URL beside opening it, not before.
  const leader = await Promise.any(many.programs.map(async (program) => {
    // Those that wait for it name the address, too.
    await program.logged(new RegExp(`opening the browser.*${url.pathname}(\\s|$)`));
    return program;
  }));
  leader.kill("SIGKILL");
  await leader.exit;
  const survivors = many.programs.filter((program) => program !== leader);
  await Promise.any(survivors.map((program) => program.logged(/going on with the sign-in/)));
  await Promise.any(survivors.map((program) => program.logged(/waiting for a sign-in that was/)));
  const page = await person.visit(tab);
  assert.equal(page.status, 200, page.html);
  await initialized;
  await assertWorking(survivors);
  assert.equal(browser.count(), 1);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
});
