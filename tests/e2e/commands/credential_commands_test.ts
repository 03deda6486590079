import assert from "node:assert/strict";
import { join } from "node:path";
import { type Company, startCompany } from "../../support/company.ts";
import { createHome } from "../../support/home.ts";
import { createPerson } from "../../support/person.ts";
import { runProgram } from "../../support/program.ts";
import { confidentialClient, startProvider } from "../../support/provider.ts";

Deno.test("login, status, token and logout work together on one credential", async (t) => {
  await using company = await startCompany({ provider: { revocation: true } });
  const { provider, gateway } = company;
  const run = (...args: string[]) => runProgram(company.settings({ args }));
  const secrets = () => Object.values(provider.secrets).flatMap((set) => [...set]);

  await t.step("status says that nobody is signed in, exit 1", async () => {
    const { code, stdout, stderr } = await run("status");
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /nothing is stored/);
    assert.match(stderr, /Not signed in at http:.*run authful-mcp-proxy login/);
  });

  await t.step("token without a credential does not open a browser, exit 1", async () => {
    const { code, stdout, stderr } = await run("token");
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^Authentication error: not signed in\. Fix: run authful-mcp-proxy login, or add --login\.$/m,
    );
    assert.equal(company.browser.count(), 0);
  });

  await t.step("login signs in and says who, where, until when", async () => {
    const running = run("login", gateway.url.href);
    await company.signIn();
    const { code, stdout, stderr } = await running;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /✓ Signed in as ada/);
    assert.match(stderr, new RegExp(`provider +${provider.issuer}$`, "m"));
    assert.match(stderr, /scopes +openid/);
    assert.match(stderr, /access token +until .*\((?:1 h|59 min \d+ s) left\)/);
    assert.match(stderr, /renewal +by itself/);
    assert.doesNotMatch(stderr, /\[info\]/, "plain words on a pipe");
    assert.ok(!stderr.includes("\u001b"), "no colours on a pipe");
  });

  await t.step("login again asks nobody", async () => {
    const before = provider.requests.length;
    const { code, stderr } = await run("login");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^✓ Already signed in as ada/);
    assert.equal(provider.requests.length, before);
  });

  await t.step("login --force signs in again", async () => {
    const running = run("login", "--force");
    await company.signIn();
    const { code, stderr } = await running;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /✓ Signed in as ada/);
    assert.equal(provider.count("token", "authorization_code"), 2);
  });

  await t.step("status lists the identity in a table, without a token", async () => {
    const { code, stdout, stderr } = await runProgram(
      company.settings({ args: ["status"], env: { COLUMNS: "400" } }),
    );
    assert.equal(code, 0, stderr);
    const [heading, row, ...rest] = stdout.trimEnd().split("\n");
    assert.match(
      heading,
      /^ACCOUNT +ISSUER +CLIENT ID +PROFILE +SCOPES +ACCESS TOKEN +RENEWS +LAST USED +ENCRYPTION$/,
    );
    assert.match(row, /^ada.* +http.* +default +openid .* left +yes +.* ago +file$/);
    assert.deepEqual(rest, []);
    assert.match(stderr, /Kept in .*cache\.db/);
  });

  await t.step("status fits a narrow terminal", async () => {
    const { stdout } = await runProgram(
      company.settings({ args: ["status"], env: { COLUMNS: "40" } }),
    );
    assert.match(stdout, /^account +ada/m);
    assert.match(stdout, /^encryption +file$/m);
  });

  await t.step("status works without any setting, status --json is for programs", async () => {
    const { code, stdout } = await runProgram({
      home: company.home.path,
      args: ["status", "--json"],
    });
    assert.equal(code, 0);
    const { identities } = JSON.parse(stdout);
    assert.equal(identities.length, 1);
    const [identity] = identities;
    assert.equal(identity.issuer.replace(/\/$/, ""), provider.issuer.replace(/\/$/, ""));
    assert.equal(identity.valid, true);
    assert.equal(identity.renewable, true);
    assert.equal(identity.encryption, "file");
    for (const secret of secrets()) assert.ok(!stdout.includes(secret));
  });

  await t.step("status exits 1 for another profile", async () => {
    const { code, stderr } = await run("status", "--profile", "work");
    assert.equal(code, 1);
    assert.match(stderr, /profile work/);
  });

  await t.step("token prints the token alone, and the backend takes it", async () => {
    const { code, stdout, stderr } = await run("token");
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.match(stdout, /^[\w.-]+\n$/);
    const response = await fetch(gateway.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${stdout.trim()}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: "2025-11-25",
          capabilities: {},
          clientInfo: { name: "t", version: "1" },
        },
      }),
    });
    await response.body?.cancel();
    assert.equal(response.status, 200);
  });

  await t.step("token in its other forms", async () => {
    const { stdout: plain } = await run("token");
    const { stdout: header } = await run("token", "--header");
    assert.equal(header, `Authorization: Bearer ${plain}`);
    const { stdout: json } = await run("token", "--header-json");
    assert.deepEqual(JSON.parse(json), { Authorization: `Bearer ${plain.trim()}` });
    const { stdout: id } = await run("token", "--id");
    assert.equal(id.split(".").length, 3);
    assert.notEqual(id, plain);
    const { code, stderr } = await run("token", "--id", "--header");
    assert.equal(code, 2);
    assert.match(stderr, /--id cannot be used with --header/);
  });

  await t.step("logout revokes and removes, and says both", async () => {
    const { code, stderr } = await run("logout");
    assert.equal(code, 0);
    assert.match(
      stderr,
      /✓ Removed the credential of ada.*profile default\n✓ Revoked its refresh token/,
    );
    assert.equal(provider.count("revocation"), 2);
    assert.equal((await run("status")).code, 1);
    assert.match((await run("logout")).stderr, /Nobody is signed in/);
  });

  await t.step("token --login signs in when there is no other way", async () => {
    const running = run("token", "--login");
    await company.signIn();
    const { code, stdout, stderr } = await running;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^[\w.-]+\n$/);
    assert.equal((await run("logout")).code, 0);
  });

  await t.step("logout --all needs no setting and removes every profile", async () => {
    for (const profile of ["one", "two"]) {
      const running = run("login", "--profile", profile);
      await company.signIn();
      const { code, stderr } = await running;
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await runProgram({
      home: company.home.path,
      args: ["logout", "--all"],
    });
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/✓ Removed the credential/g)?.length, 2);
    assert.equal(stderr.match(/✓ Revoked its refresh token/g)?.length, 2);
    const { stdout } = await runProgram({ home: company.home.path, args: ["status", "--json"] });
    assert.deepEqual(JSON.parse(stdout).identities, []);
  });

  await t.step("a sign-in that the person refuses ends with one line, exit 1", async () => {
    const running = run("login");
    const { createPerson } = await import("../../support/person.ts");
    await createPerson({ consent: "deny" }).visit(await company.browser.opened());
    const { code, stderr } = await running;
    assert.equal(code, 1);
    assert.match(stderr, /^Authentication error: .*/m);
  });
});

/** Runs a command at a company. */
function run(company: Company, command: string) {
  return runProgram(company.settings({ args: [command] }));
}

async function signIn(company: Company) {
  const running = run(company, "login");
  await company.signIn();
  assert.equal((await running).code, 0);
}

Deno.test("logout says so when the provider cannot revoke", async () => {
  await using company = await startCompany({ provider: { revocation: false } });
  await signIn(company);
  const without = await run(company, "logout");
  assert.equal(without.code, 0);
  assert.match(
    without.stderr,
    /✓ Removed.*\n! The provider cannot revoke its refresh token and access token: the refresh token stays good for as long as .*, the access token stays good until \d{4}-.* Fix: end the session at the provider/,
  );
});

Deno.test("logout says so when the provider cannot be reached", async () => {
  await using company = await startCompany({ provider: { revocation: true } });
  await signIn(company);
  await company.provider.down();
  const unreachable = await run(company, "logout");
  assert.equal(unreachable.code, 0);
  assert.match(
    unreachable.stderr,
    /✓ Removed.*\n! Could not revoke its refresh token and access token \(no connection to/,
  );
});

Deno.test("a named server of a configuration file stands for its settings", async () => {
  await using company = await startCompany();
  const config = `${company.home.path}/servers.json`;
  await Deno.writeTextFile(
    config,
    `{
      // one for all
      "defaults": { "oidcClientId": "unknown", "profile": "from-file" },
      "servers": {
        "company-tools": {
          "backendUrl": ${JSON.stringify(company.gateway.url.href)},
          "oidcIssuerUrl": ${JSON.stringify(company.provider.issuer)},
          "oidcClientId": ${JSON.stringify(company.provider.clientId)},
          "oidcScopes": ["openid", "profile"],
        },
      },
    }`,
  );
  const { OIDC_ISSUER_URL: _1, OIDC_CLIENT_ID: _2, ...env } = company.settings().env!;
  const running = runProgram({
    ...company.settings(),
    args: ["login", "company-tools", "--config", config],
    env,
  });
  await company.signIn();
  const { code, stderr } = await running;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /profile +from-file/);
  assert.match(stderr, /scopes +openid profile\n/);
});

Deno.test("how somebody signs in makes no other account: login with prompt=login switches it", async () => {
  await using company = await startCompany();
  await signIn(company);
  const login = runProgram(company.settings({
    args: ["login", "--force", "--oidc-auth-param", "prompt=login"],
  }));
  await createPerson({ login: "bob" }).visit(await company.browser.opened());
  assert.equal((await login).code, 0);
  const status = await run(company, "status");
  assert.match(status.stdout, /bob@company\.test/);
  assert.doesNotMatch(status.stdout, /ada@company\.test/);
  const token = runProgram(
    company.settings({ args: ["logout", "--oidc-auth-param", "prompt=login"] }),
  );
  assert.match((await token).stderr, /Removed the credential of .*bob@company\.test/);
});

Deno.test({
  name: "a repository of somebody else's starts nothing, however its files call this program",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using home = await createHome();
    const repository = join(home.path, "repository");
    const owned = join(repository, "owned");
    const args = [
      "authful-mcp-proxy",
      "http://127.0.0.1:9/mcp",
      "--browser",
      `sh -c 'touch ${owned}'`,
      "--oidc-issuer-url",
    ];
    await using provider = await startProvider();
    const entry = { command: "npx", args: [...args, provider.issuer, "--oidc-client-id", "x"] };
    await Deno.mkdir(repository);
    const text = JSON.stringify({ mcpServers: { docs: entry } });
    await Deno.writeTextFile(join(repository, "mcp.json"), text);
    for (const command of ["login", "status", "doctor", "token", "servers", "docs"]) {
      await runProgram({
        home: home.path,
        cwd: repository,
        args: [command],
        env: { DISPLAY: ":0", MCP_PROXY_LOGIN_TIMEOUT: "1" },
      });
      await assert.rejects(Deno.lstat(owned), Deno.errors.NotFound, command);
    }
    assert.equal(provider.requests.length, 0);
  },
});

Deno.test("where a client signs in as itself, login, status and doctor know that it renews by itself", async () => {
  const client = {
    ...confidentialClient("client_secret_basic"),
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  };
  await using company = await startCompany({
    provider: { clientCredentials: true, clients: [client] },
  });
  const env = {
    OIDC_CLIENT_ID: client.client_id,
    OIDC_CLIENT_SECRET: client.client_secret,
    OIDC_FLOW: "client-credentials",
    NO_COLOR: "1",
  };
  const run = (...args: string[]) => runProgram(company.settings({ args, env }));
  const login = await run("login");
  assert.equal(login.code, 0, login.stderr);
  assert.match(login.stderr, /renewal +by itself, as the client signs in without a person\n/);
  assert.doesNotMatch(login.stderr, /offline_access|refresh token|Waiting for you/);
  const status = await run("status");
  assert.equal(status.code, 0, status.stderr);
  const { identities: [stored] } = JSON.parse((await run("status", "--json")).stdout);
  assert.equal(stored.renewable, true);
  const doctor = await run("doctor", company.gateway.url.href);
  const said = doctor.stdout + doctor.stderr;
  assert.match(said, /the token lasts .* and renews itself/);
  assert.match(said, /gives tokens to clients without a person/);
  assert.doesNotMatch(said, /PKCE|offline_access|does not list the scope/);
});
