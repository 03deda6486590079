/**
 * From `setup` to everyday use: every command finds what was set up.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Company, startCompany } from "../../support/company.ts";
import type { Outcome } from "../../support/program.ts";
import { runProgram } from "../../support/program.ts";
import type { ProgramSettings } from "../../support/program_command.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";

/** Settings of a shell in which nothing of the company is set. */
function bare(company: Company, args: string[], env: Record<string, string> = {}): ProgramSettings {
  const { env: set, ...rest } = company.settings({ args });
  const { OIDC_ISSUER_URL: _i, OIDC_CLIENT_ID: _c, OIDC_REDIRECT_URL: _r, ...others } = set!;
  return { ...rest, env: { ...others, ...env } };
}

/** Runs a command in such a shell. */
function runIn(company: Company) {
  return (...args: string[]): Promise<Outcome> => runProgram(bare(company, args));
}

/** Sets up a server without checks and sign-in; the settings stand in the shell that does it. */
async function setUp(company: Company, ...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram(company.settings({
    args: ["setup", "--yes", "--no-check", "--no-login", ...args],
  }));
  assert.equal(code, 0, stderr);
}

Deno.test("after setup every command finds the server: by its name, its URL, or as the only one", async (t) => {
  await using company = await startCompany({ provider: { revocation: true } });
  const { gateway, provider } = company;
  const run = runIn(company);
  const url = gateway.url.href;
  await setUp(company, url, "--client", "cursor", "--name", "company-tools");

  await t.step("servers lists it, and that nobody is signed in", async () => {
    const { code, stdout } = await run("servers");
    assert.equal(code, 0);
    assert.match(stdout, /company-tools[^]*Cursor[^]*not signed in/);
  });

  await t.step("login signs in there", async () => {
    const running = run("login");
    await company.signIn();
    const { code, stderr } = await running;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /✓ Signed in as ada/);
  });

  await t.step("servers tells who is signed in", async () => {
    const { stdout } = await run("servers", "--json");
    const { servers: [server] } = JSON.parse(stdout);
    assert.equal(server.backendUrl, url);
    assert.equal(server.account, "ada@company.test");
    assert.equal(server.signedIn, true);
    assert.equal(server.renewable, true);
    for (const secret of provider.secrets.access_token) assert.ok(!stdout.includes(secret));
  });

  for (
    const [how, operand] of [["name", ["company-tools"]], ["URL", [url]], ["nothing", []]] as const
  ) {
    await t.step(`login, status, token and doctor know it by ${how}`, async () => {
      const login = await run("login", ...operand);
      assert.match(login.stderr, /^✓ Already signed in as ada/, login.stderr);
      assert.equal((await run("status", ...operand)).code, 0);
      const { stdout } = await run("token", ...operand);
      assert.ok(provider.secrets.access_token.has(stdout.trim()));
      const doctor = await run("doctor", ...operand);
      assert.equal(doctor.code, 0, doctor.stdout);
      assert.match(doctor.stdout, /config\.json, company-tools\)/);
    });
  }

  await t.step("the client's entry starts the bridge, without a sign-in", async () => {
    const { mcpServers } = JSON.parse(
      await Deno.readTextFile(join(company.home.path, ".cursor", "mcp.json")),
    );
    const { args, env } = mcpServers["company-tools"];
    assert.equal(args.at(-1), "company-tools");
    assert.deepEqual(env, {});
    await using program = await company.start(bare(company, ["company-tools"]));
    assert.ok((await program.initialize()).result);
  });

  await t.step("another client gets the same server, and the sign-in stays", async () => {
    await setUp(company, "company-tools", "--client", "vscode");
    const { stdout } = await run("servers", "--json");
    const { servers } = JSON.parse(stdout);
    assert.equal(servers.length, 1);
    assert.deepEqual(servers[0].clients.map(({ client }: { client: string }) => client), [
      "cursor",
      "vscode",
    ]);
    assert.equal(servers[0].signedIn, true);
  });

  await t.step("of two, one has to be named", async () => {
    await setUp(company, `${url}?team=2`, "--client", "cursor", "--name", "team-two");
    for (const command of ["login", "doctor", "token", "logout"]) {
      const { code, stdout, stderr } = await run(command);
      assert.equal(code, command === "doctor" ? 2 : 2, `${command}: ${stderr}${stdout}`);
      assert.match(stderr, /several servers are set up: company-tools .*; team-two /);
    }
    assert.equal((await run("status")).code, 0, "status lists everybody");
    assert.match((await run("login", "team-tow")).stderr, /team-tow.*team-two/);
  });

  await t.step("its name is not given to another backend", async () => {
    const { code, stderr } = await runProgram(company.settings({
      args: ["setup", `${url}?team=3`, "--client", "cursor", "--name", "team-two", "--yes"],
    }));
    assert.equal(code, 2);
    assert.match(stderr, /"team-two" is the name of the server at http.*team=2/);
  });

  await t.step("logout forgets it, setup --remove takes it out everywhere", async () => {
    const { code, stderr } = await run("logout", "company-tools");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /✓ Removed the credential of ada/);
    const removed = await run("setup", "--remove", "company-tools", "--yes");
    assert.equal(removed.code, 0, removed.stderr);
    const left = await Deno.readTextFile(join(company.home.path, ".cursor/mcp.json"));
    assert.doesNotMatch(left, /company-tools/);
    assert.match(left, /team-two/);
    // It had nothing else in it, and setup had made it.
    const gone = Deno.stat(join(company.home.path, ".config/Code/User/mcp.json"));
    await assert.rejects(gone, Deno.errors.NotFound);
    const { servers } = JSON.parse((await run("servers", "--json")).stdout);
    assert.deepEqual(servers.map(({ name }: { name: string }) => name), ["team-two"]);
    const again = await run("setup", "--remove", "company-tools", "--yes");
    assert.equal(again.code, 2);
    assert.match(again.stderr, /no server "company-tools" is set up/);
  });
});

Deno.test("settings that only a client's entry has are used, and said to be", async () => {
  await using company = await startCompany();
  await setUp(company, company.gateway.url.href, "--client", "zed", "--name", "tools", "--inline");
  const run = runIn(company);
  const running = run("login", "tools");
  await company.signIn();
  const { code, stderr } = await running;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^The settings are those of "tools" in .*settings\.json$/m);
  // `setup` moves them into the configuration file.
  const moved = await run("setup", "tools", "--client", "zed", "--yes");
  assert.equal(moved.code, 0, moved.stderr);
  const { servers: [server] } = JSON.parse((await run("servers", "--json")).stdout);
  assert.equal(server.settings.in, "config file");
  assert.equal(server.signedIn, true, "the credential is the same");
});

Deno.test({
  name: "at a terminal the person chooses among several servers",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using company = await startCompany();
    const url = company.gateway.url.href;
    await setUp(company, url, "--client", "cursor", "--name", "one");
    await setUp(company, `${url}?team=2`, "--client", "cursor", "--name", "two");
    await using terminal = await startAtTerminal(bare(company, ["login"]));
    await terminal.shows(
      /Which server do you mean\?[^]* 1 {2}one [^]* 2 {2}two [^]*Number or name:/,
    );
    await terminal.type("three");
    await terminal.shows(/✗ there is no "three"[^]*Number or name:/);
    await terminal.type("two");
    await company.signIn();
    await terminal.shows(/✓ Signed in as ada/);
    assert.equal(await terminal.code, 0);
  },
});

Deno.test("logout with other scopes than stored says who is signed in, and removes nobody", async () => {
  await using company = await startCompany();
  const running = runProgram(company.settings({ args: ["login", company.gateway.url.href] }));
  await company.signIn();
  assert.equal((await running).code, 0);
  const other = await runProgram(company.settings({
    args: ["logout", company.gateway.url.href, "--oidc-scopes", "openid email"],
  }));
  assert.equal(other.code, 1);
  assert.match(other.stderr, /Nobody is signed in .*with these settings .*, but:/);
  assert.match(other.stderr, /ada.*scopes openid profile email/);
  assert.match(other.stderr, /✗ Nothing was removed\. Fix: give the settings/);
  const right = await runProgram(company.settings({ args: ["logout", company.gateway.url.href] }));
  assert.match(right.stderr, /✓ Removed the credential of ada/);
});

Deno.test({
  name: "logout with other scopes asks at a terminal",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using company = await startCompany();
    const running = runProgram(company.settings({ args: ["login", company.gateway.url.href] }));
    await company.signIn();
    assert.equal((await running).code, 0);
    await using terminal = await startAtTerminal(company.settings({
      args: ["logout", company.gateway.url.href, "--oidc-scopes", "openid email"],
    }));
    await terminal.shows(/but:[^]* 1 {2}ada[^]*Which one do you want to sign out\? \[none\]/);
    await terminal.type("1");
    await terminal.shows(/✓ Removed the credential of .*ada/);
    assert.equal(await terminal.code, 0);
  },
});

Deno.test("setup for a backend that refuses the token says so and writes nothing", async () => {
  await using company = await startCompany();
  const running = runProgram(company.settings({
    args: ["setup", company.gateway.url.href, "--client", "cursor", "--yes"],
  }));
  const visit = company.browser.opened();
  // A backend that trusts nobody yet.
  company.gateway.refuse(1_000);
  await company.person.visit(await visit);
  const { code, stderr } = await running;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /✓ Signed in as ada/);
  assert.match(stderr, /✗ [^\n]*HTTP 401/);
  assert.match(stderr, /Nothing was written\. Fix: /);
  await assert.rejects(Deno.stat(join(company.home.path, ".cursor", "mcp.json")));
});
