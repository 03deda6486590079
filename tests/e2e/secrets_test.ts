import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { confidentialClient, type TestProvider } from "../support/provider.ts";

/** Every form in which a secret may slip into a log. */
function forms(secret: string): string[] {
  const basic = (user: string) => btoa(`${user}:${secret}`);
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    btoa(secret),
    basic("authful-test"),
  ];
}

function assertNoSecret(log: string, provider: TestProvider): void {
  for (const [kind, secrets] of Object.entries(provider.secrets)) {
    for (const secret of secrets) {
      for (const form of forms(secret)) {
        assert.ok(!log.includes(form), `the log contains a ${kind}:\n${log}`);
      }
    }
  }
  for (const kind of ["access_token", "refresh_token", "id_token", "code", "code_verifier"]) {
    for (const secret of provider.secrets[kind as "code"]) {
      assert.ok(!log.includes(secret), `the log contains a ${kind}`);
    }
  }
}

Deno.test("nothing that --debug writes contains a secret", async () => {
  await using company = await startCompany({
    provider: { clients: [confidentialClient("client_secret_basic")] },
  });
  const { provider, gateway } = company;
  const [secret = ""] = provider.secrets.client_secret;
  let log = "";
  const start = (flag: string) =>
    company.start({
      args: [gateway.url.href, ...flag ? [flag] : []],
      env: { OIDC_CLIENT_SECRET: secret },
    });

  for (const round of [1, 2]) {
    await using program = await start("--debug");
    await Promise.all([round === 1 ? company.signIn() : undefined, program.initialize()]);
    await program.request("tools/list");

    // Renewed; signed in again; renewed in vain; and at last refused twice, which is not tried again soon.
    gateway.refuse(1);
    await program.request("tools/list");
    provider.revokeRefreshTokens();
    gateway.refuse(1);
    // A list does not ask the person; a call does.
    const call = { name: "echo", arguments: { message: "" } };
    await Promise.all([company.signIn(), program.request("tools/call", call)]);
    if (round === 2) {
      provider.intercept((request) =>
        request.endpoint === "token"
          ? { status: 500, body: { error: "server_error", error_description: secret } }
          : undefined
      );
      gateway.refuse(1);
      await program.request("tools/list");
      provider.intercept(undefined);
    }
    gateway.refuse(2);
    await program.request("tools/list");

    await program.endInput();
    assert.equal((await program.exit).code, 0);
    log += program.stderr();
  }
  assert.ok(provider.secrets.access_token.size > 2 && provider.secrets.refresh_token.size > 2);
  assert.ok(provider.secrets.code.size > 1 && provider.secrets.code_verifier.size > 1);
  assert.match(log, /\[debug\]/);
  assertNoSecret(log, provider);
});

Deno.test("a failed sign-in writes no secret either", async () => {
  await using company = await startCompany();
  const { provider } = company;
  provider.intercept((request) =>
    request.endpoint === "token"
      ? {
        status: 400,
        body: {
          error: "invalid_grant",
          error_description: `the code ${request.parameters.get("code")} is not good`,
        },
      }
      : undefined
  );
  await using program = await company.start({ args: [company.gateway.url.href, "--debug"] });
  const initialized = program.initialize().then(
    () => assert.fail("there is no token"),
    (error) => error,
  );
  const page = await company.signIn();
  assert.notEqual(page.status, 200);
  await initialized;
  await program.endInput();
  await program.exit;
  assertNoSecret(program.stderr(), provider);
  for (const code of provider.secrets.code) assert.ok(!page.html.includes(code));
});
