/**
 * What `doctor` says of a client before and after a sign-in: what it does not ask for it says that it
 * cannot tell, and what a sign-in brought counts for more than what metadata says.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { startAdvertisingBackend } from "../../support/advertising_backend.ts";
import { type Company, startCompany } from "../../support/company.ts";
import { runProgram } from "../../support/program.ts";
import type { ProgramSettings } from "../../support/program_command.ts";

const unused = new URL("http://127.0.0.1:9/unused");
const nothingSet = { OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "" };

async function examine(company: Company, { args = [], env }: Partial<ProgramSettings> = {}) {
  const url = args.length === 0 ? [company.gateway.url.href] : args;
  const settings = { args: ["doctor", "--json", ...url], ...env && { env } };
  const { code, stdout, stderr } = await runProgram(company.settings(settings));
  const { works, findings }: { works: boolean | null; findings: Finding[] } = JSON.parse(stdout);
  const of = (check: Finding["check"]) =>
    findings.filter((finding) => finding.check === check)
      .map(({ verdict, found, fix }) => `${verdict}: ${found}${fix ? `. Fix: ${fix}` : ""}`);
  return { code, works, of, said: stdout + stderr };
}

async function signIn(company: Company) {
  const login = runProgram(company.settings({ args: ["login"] }));
  await company.signIn();
  const { code, stderr } = await login;
  assert.equal(code, 0, stderr);
}

Deno.test("doctor says that a sign-in would register a client, and registers none", async (t) => {
  await using company = await startCompany({ provider: { registration: true }, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({ issuers: [issuer], jwksUri, scope: "openid" });
  const settings = { args: [backend.url.href], env: nothingSet };

  await t.step("before", async () => {
    const { code, works, of, said } = await examine(company, settings);
    assert.deepEqual(of("client"), ["unknown: not registered yet: the first sign-in registers it"]);
    assert.equal(works, null, said);
    assert.equal(code, 0, said);
    assert.equal(company.provider.count("registration"), 0);
    assert.equal(company.provider.count("authorization"), 0);
  });

  await t.step("what cannot be told has its own sign, and is counted apart", async () => {
    const { stdout } = await runProgram(
      company.settings({ args: ["doctor", backend.url.href], env: nothingSet }),
    );
    assert.match(stdout, /^ {2}\? not registered yet/m);
    assert.match(stdout, /^\? Nothing is wrong as far as can be told: 2 questions open/m);
    assert.doesNotMatch(stdout, /would work/);
  });

  await t.step("after", async () => {
    {
      await using program = await company.start(settings);
      await Promise.all([company.signIn(), program.initialize()]);
      await program.endInput();
      await program.exit;
    }
    const { works, of, said } = await examine(company, settings);
    const [registered, known, ...more] = of("client");
    assert.match(registered, /^ok: was registered by itself, as .+/, said);
    assert.match(known, /^ok: known to the provider, with http/, said);
    assert.deepEqual(more, []);
    assert.equal(works, true, said);
    assert.equal(company.provider.count("registration"), 1);
    assert.equal(company.browser.count(), 1);
  });
});

Deno.test("doctor says where a provider registers nobody", async () => {
  await using company = await startCompany({ backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({ issuers: [issuer], jwksUri, scope: "openid" });
  const { code, of, said } = await examine(company, { args: [backend.url.href], env: nothingSet });
  assert.deepEqual(of("client"), [
    "failure: no client ID is set, and the provider registers nobody. " +
    "Fix: register a client there and set OIDC_CLIENT_ID",
  ]);
  assert.equal(code, 1, said);
});

/** Has the provider say something else of itself than it does. */
async function announce(company: Company, more: Record<string, unknown>) {
  const { issuer } = company.provider;
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const body = { ...await response.json(), ...more };
  company.provider.intercept(({ endpoint }) =>
    endpoint === "discovery" ? { status: 200, body } : undefined
  );
}

const refreshTokens = /refresh tokens?|refresh_token/;

Deno.test("doctor warns of a sign-in that gave no refresh token, whatever metadata says", async (t) => {
  // As Spring Authorization Server treats public clients, while it lists the grant for the others.
  await using company = await startCompany({ provider: { refreshTokens: "never" } });
  await announce(company, { scopes_supported: ["openid", "profile", "email"] });
  await t.step("before", async () => {
    const { of } = await examine(company);
    const [line, ...more] = of("provider").filter((found) => refreshTokens.test(found));
    assert.match(line, /^ok: gives refresh tokens; .*sign in/);
    assert.deepEqual(more, []);
  });
  await t.step("after", async () => {
    await signIn(company);
    const { code, works, of, said } = await examine(company);
    assert.deepEqual(of("provider").filter((found) => refreshTokens.test(found)), [
      "warning: gave no refresh token at the last sign-in: you sign in again whenever the access " +
      "token expires. Fix: ask the provider's administrator to give this client refresh tokens, " +
      "then sign in again",
    ], said);
    assert.match(of("access").join("\n"), /and does not renew itself/);
    assert.equal(works, true);
    assert.equal(code, 0);
  });
});

Deno.test("doctor leads to offline_access where that was not asked for", async () => {
  await using company = await startCompany({ provider: { refreshTokens: "offline_access" } });
  const env = { OIDC_SCOPES: "openid profile" };
  const login = runProgram(company.settings({ args: ["login"], env }));
  await company.signIn();
  assert.equal((await login).code, 0);
  const { of, said } = await examine(company, { env });
  assert.match(
    of("provider").join("\n"),
    /^warning: gave no refresh token .+ Fix: add offline_access to OIDC_SCOPES and sign in again$/m,
    said,
  );
});

Deno.test("doctor believes the refresh token and the scopes that it has, and not metadata that lists neither", async (t) => {
  await using company = await startCompany();
  await announce(company, {
    grant_types_supported: ["authorization_code"],
    scopes_supported: ["openid"],
  });
  await t.step("before", async () => {
    const said = (await examine(company)).of("provider").join("\n");
    assert.match(said, /^warning: does not list the refresh_token grant/m);
    assert.match(said, /^warning: does not list the scopes? .*email/m);
  });
  await t.step("after", async () => {
    await signIn(company);
    const { of, works } = await examine(company);
    const said = of("provider").join("\n");
    assert.match(said, /^ok: gave a refresh token at the last sign-in$/m);
    assert.doesNotMatch(said, /^(warning|failure)/m);
    assert.equal(works, true);
  });
});
