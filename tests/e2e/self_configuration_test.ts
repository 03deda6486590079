/**
 * Backends that follow the MCP authorization specification, with no setting beside their URL.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startAdvertisingBackend } from "../support/advertising_backend.ts";
import { startCompany } from "../support/company.ts";
import { freePort } from "../support/free_port.ts";
import { type Program, runProgram } from "../support/program.ts";

const unused = new URL("http://127.0.0.1:9/unused");
const nothingSet = { OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "" };
const provider = { registration: true, scopes: ["tools.read", "tools.call"] };

async function finish(program: Program) {
  await program.endInput();
  assert.equal((await program.exit).code, 0);
}

Deno.test("the URL is enough: provider, registration, scopes and resource are found", async (t) => {
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({
    issuers: [issuer],
    jwksUri,
    scope: "openid tools.read",
  });
  const start = () => company.start({ args: [backend.url.href], env: nothingSet });

  await t.step("the first start registers and signs in", async () => {
    await using program = await start();
    await Promise.all([company.signIn(), program.initialize()]);
    const request = company.provider.requests.find(({ endpoint }) => endpoint === "authorization")!;
    assert.equal(request.parameters.get("scope"), "openid tools.read offline_access");
    assert.equal(request.parameters.get("resource"), backend.url.href);
    assert.equal(company.provider.count("registration"), 1);
    await finish(program);
  });

  await t.step("the second start asks nobody", async () => {
    const before = company.provider.requests.length;
    await using program = await start();
    await program.initialize();
    await finish(program);
    assert.equal(company.provider.requests.length, before);
  });

  await t.step("the second start needs no provider that is up", async () => {
    await company.provider.down();
    await using program = await start();
    await program.initialize();
    await finish(program);
    await company.provider.up();
  });
});

Deno.test("a gateway that wants a header field of its own is asked with it", async () => {
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({
    issuers: [issuer],
    jwksUri,
    scope: "openid",
    apiKey: "k3y-0f-the-gateway",
  });
  await using program = await company.start({
    args: [backend.url.href],
    env: { ...nothingSet, MCP_PROXY_HEADERS: "X-Api-Key: k3y-0f-the-gateway" },
  });
  await Promise.all([company.signIn(), program.initialize()]);
  for (const { headers } of company.provider.requests) assert.ok(!headers.has("x-api-key"));
  await finish(program);
});

Deno.test("logout revokes at the provider that the backend named", async () => {
  await using company = await startCompany({
    provider: { ...provider, revocation: true },
    backend: unused,
  });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({ issuers: [issuer], jwksUri, scope: "openid" });
  {
    await using program = await company.start({ args: [backend.url.href], env: nothingSet });
    await Promise.all([company.signIn(), program.initialize()]);
    await finish(program);
  }
  const { code, stderr } = await runProgram(
    company.settings({ args: ["logout", backend.url.href], env: nothingSet }),
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Revoked its refresh token at the provider/);
  const revoked = company.provider.requests.filter(({ endpoint }) => endpoint === "revocation");
  assert.ok(company.provider.secrets.refresh_token.has(revoked[0].parameters.get("token")!));
});

Deno.test("a provider that forgets the client gets a new registration, and the person one tab", async () => {
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({ issuers: [issuer], jwksUri, scope: "openid" });
  const start = () => company.start({ args: [backend.url.href], env: nothingSet });
  {
    await using program = await start();
    await Promise.all([company.signIn(), program.initialize()]);
    await finish(program);
  }
  let forgotten = 0;
  company.provider.intercept(({ grantType }) => {
    if (grantType !== "refresh_token") return undefined;
    forgotten++;
    return { status: 401, body: { error: "invalid_client" } };
  });
  backend.distrust();
  await using program = await start();
  await program.initialize();
  await Promise.all([
    company.signIn(),
    program.request("tools/call", { name: "any", arguments: {} }),
  ]);
  assert.equal(forgotten, 1);
  assert.equal(company.provider.count("registration"), 2);
  assert.equal(company.browser.count(), 2);
});

Deno.test("a tool that needs another scope costs one more sign-in, and then works", async () => {
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({
    issuers: [issuer],
    jwksUri,
    scope: "openid tools.read",
    toolScope: "tools.call",
  });
  await using program = await company.start({ args: [backend.url.href], env: nothingSet });
  await Promise.all([company.signIn(), program.initialize()]);
  const call = () => program.request("tools/call", { name: "any", arguments: {} });
  const [, answer] = await Promise.all([company.signIn(), call()]);
  assert.ok(answer.result, JSON.stringify(answer.error));
  assert.ok((await call()).result);
  assert.equal(company.browser.count(), 2);
  const [, second] = company.provider.requests.filter(({ endpoint }) =>
    endpoint === "authorization"
  );
  assert.deepEqual(
    second.parameters.get("scope")!.split(" ").toSorted(),
    ["offline_access", "openid", "tools.call", "tools.read"],
  );
});

/** A backend that is signed in at, with one tab so far, and the way to call its one tool. */
async function startCalling(
  company: Awaited<ReturnType<typeof startCompany>>,
  options: Partial<Parameters<typeof startAdvertisingBackend>[0]>,
) {
  const { issuer, jwksUri } = company.provider;
  const stack = new AsyncDisposableStack();
  const scope = "openid tools.read";
  const backend = stack.use(
    startAdvertisingBackend({ issuers: [issuer], jwksUri, scope, ...options }),
  );
  const program = stack.use(
    await company.start({ args: [backend.url.href], env: nothingSet }),
  );
  await Promise.all([company.signIn(), program.initialize()]);
  return {
    program,
    call: () => program.request("tools/call", { name: "any", arguments: {} }),
    authorizations: () =>
      company.provider.requests.filter(({ endpoint }) => endpoint === "authorization")
        .map(({ parameters }) => parameters),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("a scope that is never granted is asked for once, then it is an error", async () => {
  await using company = await startCompany({ provider, backend: unused });
  await using calling = await startCalling(company, { toolScope: "tools.never" });
  const [, answer] = await Promise.all([company.signIn(), calling.call()]);
  assert.match(
    answer.error!.message,
    /\(insufficient_scope, scope tools\.never\);.* wants the scope tools\.never; signing in for it did not help\. Fix: add tools\.never to OIDC_SCOPES, or ask the provider's administrator/,
  );
  assert.equal(answer.error!.data?.reason, "insufficient_scope");
  assert.match((await calling.call()).error!.message, /because the provider did not grant it/);
  assert.equal(company.browser.count(), 2);
});

Deno.test("a backend that wants another scope each time gets three sign-ins, not six a call", async () => {
  await using company = await startCompany({ provider, backend: unused });
  let named = 0;
  await using calling = await startCalling(company, { toolScope: () => `more.${named++}` });
  for (let call = 0; call < 3; call++) {
    const [, answer] = await Promise.all([company.signIn(), calling.call()]);
    assert.equal(answer.error!.data?.reason, "insufficient_scope");
  }
  const { error } = await calling.call();
  assert.match(error!.message, /3 sign-ins for more were begun in ten minutes/);
  assert.equal(company.browser.count(), 4);
});

Deno.test("a scope that the provider calls invalid is asked for once", async () => {
  await using company = await startCompany({ provider, backend: unused });
  let refuse = false;
  company.provider.intercept(({ grantType }) =>
    grantType === "authorization_code" && refuse
      ? { status: 400, body: { error: "invalid_scope", error_description: "no such scope" } }
      : undefined
  );
  await using calling = await startCalling(company, { toolScope: "evil" });
  refuse = true;
  const [, answer] = await Promise.all([company.signIn(), calling.call()]);
  assert.match(
    answer.error!.message,
    /wants the scope evil for this request, and signing in for it failed: .*invalid_scope: no such scope\. Fix: ask the provider's administrator/,
  );
  assert.match((await calling.call()).error!.message, /a sign-in for it is not tried again/);
  assert.equal(company.browser.count(), 2);
});

Deno.test("a tool that needs another way of signing in costs one more sign-in, and then works", async () => {
  await using company = await startCompany({ provider, backend: unused });
  await using calling = await startCalling(company, {
    toolAuthentication: { acr_values: "urn:example:two-factors", max_age: "300" },
  });
  const [, answer] = await Promise.all([company.signIn(), calling.call()]);
  assert.ok(answer.result, JSON.stringify(answer.error));
  assert.equal(company.browser.count(), 2);
  const [first, second] = calling.authorizations();
  assert.equal(first.get("acr_values"), null);
  assert.equal(second.get("acr_values"), "urn:example:two-factors");
  assert.equal(second.get("max_age"), "300");
});

Deno.test("several providers are listed for the person to choose from", async () => {
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({
    issuers: [issuer, "https://other.test"],
    jwksUri,
  });
  await using program = await company.start({ args: [backend.url.href], env: nothingSet });
  assert.equal((await program.exit).code, 1);
  const said = program.stderr();
  assert.match(
    said,
    /several authorization servers: .*https:\/\/other\.test\. Fix: set OIDC_ISSUER_URL/,
  );
});

Deno.test("a configured issuer wins, and another one that the backend names is warned about", async () => {
  await using company = await startCompany({ provider, backend: unused });
  await using backend = startAdvertisingBackend({
    issuers: ["https://other.test"],
    jwksUri: company.provider.jwksUri,
  });
  await using program = await company.start({
    args: [backend.url.href],
    env: { OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/auth/callback` },
  });
  const initialize = program.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  const [, answer] = await Promise.all([company.signIn(), initialize]);
  assert.match(answer.error!.message, /trusts https:\/\/other\.test.*set OIDC_ISSUER_URL/);
  await program.logged(/advertises the provider https:\/\/other\.test, but .* is configured/);
});

Deno.test("what a provider gave in confidence goes to nobody that only the backend names", async (t) => {
  // As the one of a backend that somebody broke into.
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri, requests } = company.provider;
  await using backend = startAdvertisingBackend({ issuers: [issuer], jwksUri, scope: "openid" });
  const login = (env: Record<string, string>) =>
    runProgram(
      company.settings({ args: ["login", backend.url.href], env: { ...nothingSet, ...env } }),
    );
  const file = join(company.home.path, "registration-token");
  await Deno.writeTextFile(file, "initial-token-in-confidence");
  const secret = { OIDC_CLIENT_ID: "ours", OIDC_CLIENT_SECRET: "secret-in-confidence" };
  const given: [name: string, env: Record<string, string>][] = [
    ["a client secret", secret],
    ["a client secret, where no person is asked", { ...secret, OIDC_FLOW: "client-credentials" }],
    ["an initial access token", { OIDC_REGISTRATION_TOKEN_FILE: file }],
  ];
  for (const [name, env] of given) {
    await t.step(name, async () => {
      const { code, stderr } = await login(env);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        new RegExp(`names the provider ${issuer}.* Fix: set OIDC_ISSUER_URL to the provider`),
      );
      const doctor = await runProgram(
        company.settings({ args: ["doctor", backend.url.href], env: { ...nothingSet, ...env } }),
      );
      assert.equal(doctor.code, 1, doctor.stdout);
      assert.match(doctor.stdout, /only the backend names\n\s+Fix: set OIDC_ISSUER_URL/);
      const paths = requests.map(({ endpoint }) => endpoint);
      assert.deepEqual(paths.filter((endpoint) => endpoint !== "discovery"), []);
    });
  }
});

Deno.test("OIDC_RESOURCE=none leaves out the resource parameter that the provider refuses", async () => {
  await using company = await startCompany({ provider, backend: unused });
  const { issuer, jwksUri } = company.provider;
  await using backend = startAdvertisingBackend({ issuers: [issuer], jwksUri, scope: "openid" });
  // As Entra ID refuses it.
  company.provider.intercept(({ grantType, parameters }) =>
    grantType === "authorization_code" && parameters.has("resource")
      ? {
        status: 400,
        body: {
          error: "invalid_target",
          error_description: "AADSTS9010010: The resource parameter provided in the request " +
            "doesn't match with the requested scopes.",
        },
      }
      : undefined
  );
  const login = async (env: Record<string, string> = {}) => {
    const running = runProgram(
      company.settings({ args: ["login", backend.url.href], env: { ...nothingSet, ...env } }),
    );
    await company.signIn();
    return await running;
  };
  const refused = await login();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /AADSTS9010010.* Fix: set OIDC_RESOURCE=none/);
  const { code, stderr } = await login({ OIDC_RESOURCE: "none" });
  assert.equal(code, 0, stderr);
  const requests = company.provider.requests.filter(({ endpoint }) => endpoint === "authorization");
  assert.deepEqual(
    requests.map(({ parameters }) => parameters.get("resource")),
    [backend.url.href, null],
  );
});
