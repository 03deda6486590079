import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { freePort } from "../support/free_port.ts";
import { createPerson } from "../support/person.ts";
import { confidentialClient, publicClient } from "../support/provider.ts";

Deno.test("messages that come during the sign-in wait for it and are answered", async () => {
  await using company = await startCompany();
  await using program = await company.start();
  const initialized = program.initialize();
  const url = await company.browser.opened();
  const ids = ["a", "b", "c"];
  for (const id of ids) await program.send({ jsonrpc: "2.0", id, method: "tools/list" });
  assert.equal(company.gateway.requests.length, 0);
  assert.equal(program.lines.length, 0);
  await company.person.visit(url);
  await initialized;
  for (const id of ids) {
    assert.ok((await program.message((message) => message.id === id)).result);
  }
});

Deno.test("the URL is in the log, too, and a failing opener says so loudly", async () => {
  for (const opener of ["works", "fails", "hangs"] as const) {
    await using company = await startCompany({ opener });
    await using program = await company.start({ args: [company.gateway.url.href, "--silent"] });
    const initialized = program.initialize();
    const url = await company.browser.opened();
    const line = await program.logged(/open this URL/);
    assert.ok(line.includes(url.href), opener);
    if (opener === "fails") await program.logged(/exit code 3|xdg-open|open .*browser/);
    await company.person.visit(url);
    await initialized;
  }
});

Deno.test("--no-browser opens nothing and prints the URL", async () => {
  await using company = await startCompany();
  await using program = await company.start({
    args: [company.gateway.url.href, "--no-browser", "--silent"],
  });
  const initialized = program.initialize();
  const line = await program.logged(/open this URL/);
  const page = await company.person.visit(/http\S+/.exec(line)?.[0] ?? "");
  assert.equal(page.status, 200);
  await initialized;
  assert.equal(company.browser.count(), 0);
});

Deno.test("foreign requests at the redirect URL do not end the sign-in", async () => {
  await using company = await startCompany();
  await using program = await company.start();
  const initialized = program.initialize();
  const url = await company.browser.opened();
  const redirect = new URL("/auth/callback", url);
  const status = async (path: string, init?: RequestInit) => {
    const response = await fetch(new URL(path, redirect), init);
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status("/auth/callback?code=x"), 400);
  assert.equal(await status("/auth/callback?code=x&state=foreign"), 400);
  assert.equal(await status("/auth/callback?error=access_denied&state=foreign"), 400);
  assert.equal(await status("/elsewhere"), 404);
  assert.equal(await status("/auth/callback", { method: "POST" }), 405);

  const page = await company.person.visit(url);
  assert.equal(page.status, 200);
  assert.equal(page.url.pathname, "/auth/callback");
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  assert.equal(page.headers.get("cache-control"), "no-store");
  await initialized;
  // Nobody listens there any more.
  await assert.rejects(fetch(redirect));
});

Deno.test("who denies gets a page that says so, and the client an error", async () => {
  await using company = await startCompany();
  await using program = await company.start();
  const failed = program.initialize().then(() => undefined, (error: Error) => error.message);
  const person = createPerson({ consent: "deny" });
  const page = await person.visit(await company.browser.opened());
  assert.notEqual(page.status, 200);
  assert.match(page.html, /<title>/);
  assert.match(await failed ?? "", /Authentication error: /);
  // What comes next does not open a browser in the face of someone who said no.
  const { error } = await program.request("tools/list");
  assert.ok(error);
  assert.equal(company.browser.count(), 1);
});

Deno.test("a person who takes too long is told, and the program goes on", async () => {
  await using company = await startCompany();
  await using program = await company.start({
    args: [company.gateway.url.href, "--login-timeout", "1"],
  });
  await program.initialize();
  await company.browser.opened();
  const { error } = await program.request("tools/call", { name: "echo", arguments: {} });
  assert.match(error?.message ?? "", /Authentication error: .*1 s/);
});

Deno.test("a taken port is an error that names it and OIDC_REDIRECT_URL", async () => {
  await using company = await startCompany();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const redirectUrl = `http://127.0.0.1:${taken.addr.port}/auth/callback`;
  await using program = await company.start({ env: { OIDC_REDIRECT_URL: redirectUrl } });
  const failed = await program.initialize().then(() => "", (error: Error) => error.message);
  assert.match(failed, /(Configuration|System) error: /);
  assert.ok(failed.includes(String(taken.addr.port)) && failed.includes("OIDC_REDIRECT_URL"));
  assert.equal(company.browser.count(), 0);
});

Deno.test("a failed code exchange shows the failure page and stores nothing", async () => {
  await using company = await startCompany();
  const { provider } = company;
  provider.intercept((request) =>
    request.grantType === "authorization_code"
      ? { status: 400, body: { error: "invalid_grant", error_description: "<b>no</b>" } }
      : undefined
  );
  await using program = await company.start();
  const failed = program.initialize().then(() => undefined, (error: Error) => error.message);
  const page = await company.signIn();
  assert.notEqual(page.status, 200);
  assert.ok(!page.html.includes("<b>no</b>"));
  assert.match(await failed ?? "", /Authentication error: .*invalid_grant/);
});

for (const method of ["client_secret_basic", "client_secret_post"] as const) {
  Deno.test(`a confidential client signs in and renews with ${method}`, async () => {
    const client = confidentialClient(method);
    await using company = await startCompany({
      provider: { clients: [client], configuration: { clientAuthMethods: [method] } },
    });
    await using program = await company.start({
      env: { OIDC_CLIENT_SECRET: client.client_secret },
    });
    await Promise.all([company.signIn(), program.initialize()]);
    await program.request("ping");
    company.gateway.refuse(1);
    assert.ok((await program.request("tools/list")).result);
    assert.equal(company.provider.count("token", "refresh_token"), 1);
  });
}

Deno.test("an issuer with a path and a redirect URL at localhost work", async () => {
  await using company = await startCompany({
    provider: { path: "/realms/company", host: "localhost" },
  });
  const port = company.settings().env?.OIDC_REDIRECT_URL?.split(":")[2];
  await using program = await company.start({
    env: { OIDC_REDIRECT_URL: `http://localhost:${port}` },
  });
  const [page] = await Promise.all([company.signIn(), program.initialize()]);
  assert.equal(page.status, 200);
});

Deno.test("the configured redirect URL is used exactly as it is registered", async () => {
  const port = freePort();
  const redirectUrl = `http://localhost:${port}/deep/er/path?tenant=1`;
  await using company = await startCompany({
    provider: {
      clients: [{ ...publicClient, application_type: "web", redirect_uris: [redirectUrl] }],
    },
  });
  await using program = await company.start({ env: { OIDC_REDIRECT_URL: redirectUrl } });
  const [page] = await Promise.all([company.signIn(), program.initialize()]);
  assert.equal(page.status, 200, page.html);
  assert.equal(page.url.searchParams.get("tenant"), "1");
});
