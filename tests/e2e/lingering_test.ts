/**
 * A client that ends the program in the middle of a sign-in: whoever finishes in the tab that is open
 * is signed in all the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/stdio"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { type Company, startCompany } from "../support/company.ts";
import { endLingering, isListenedOn, lingering, lingersNoMore } from "../support/lingering.ts";
import type { Program, ProgramOptions } from "../support/program.ts";
import { programCommand, programIsStandalone } from "../support/program_command.ts";
import { publicClient } from "../support/provider.ts";
import { within } from "../support/within.ts";
import { until } from "../support/until.ts";

const ignore = Deno.build.os === "windows";
const lingers = { MCP_PROXY_NO_LINGER: "" };

/** Ends the program as clients do that have the SDK: the signal ends the wait for answers. */
async function leave(program: Program): Promise<void> {
  await program.endInput();
  program.kill("SIGTERM");
  await program.exit;
}

/** Starts the program with a process that goes on when it ends. */
function start(company: Company, more: Partial<ProgramOptions> = {}): Promise<Program> {
  return company.start({ ...more, env: { ...lingers, ...more.env } });
}

/** Begins a sign-in and returns the tab in which the person goes on. */
async function beginSignIn(company: Company, program: Program): Promise<URL> {
  program.initialize().catch(() => {});
  return await company.person.openTab(await company.browser.opened());
}

function redirectUrlOf(company: Company): URL {
  return new URL(company.settings().env!.OIDC_REDIRECT_URL!);
}

/** The person goes through with the sign-in, and the next start needs no tab. */
async function finish(company: Company, tab: URL): Promise<void> {
  await isListenedOn(redirectUrlOf(company));
  const page = await company.person.visit(tab);
  assert.equal(page.status, 200);
  assert.match(page.html, /You are signed in/);
  await lingersNoMore(company.home.path);
  await assertSignedIn(company);
}

async function assertSignedIn(company: Company): Promise<void> {
  const tabs = company.browser.count();
  await using program = await start(company);
  await program.initialize();
  assert.ok((await program.request("tools/list")).result);
  assert.equal(company.browser.count(), tabs);
}

for (const how of ["the end of stdin", "SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test({
    name: `${how} in the middle of a sign-in: the person who finishes is signed in`,
    ignore,
    async fn() {
      await using company = await startCompany();
      const home = company.home.path;
      await using _end = endLingering(home);
      await using program = await start(company);
      const tab = await beginSignIn(company, program);
      if (how === "the end of stdin") await program.endInput();
      else program.kill(how);
      await program.exit;
      assert.equal((await lingering(home)).length, 1);
      await finish(company, tab);
      assert.equal(company.browser.count(), 1);
    },
  });
}

Deno.test({
  name: "a client that was answered without the backend is not kept waiting when it leaves",
  ignore,
  async fn() {
    await using company = await startCompany();
    await using _end = endLingering(company.home.path);
    const env = { MCP_PROXY_START_GRACE: "0.2", MCP_PROXY_LIST_GRACE: "0.2" };
    await using program = await start(company, { env });
    await program.initialize();
    await program.request("tools/list");
    await company.browser.opened();
    await program.endInput();
    // What is on its way to a backend is waited for 10 s.
    await within(program.exit, { what: "the end", patience: 8_000 });
    assert.equal((await lingering(company.home.path)).length, 1);
  },
});

Deno.test({
  name: "the SDK's client closes in the middle of a sign-in: the person who finishes is signed in",
  ignore,
  async fn() {
    await using company = await startCompany();
    await using _end = endLingering(company.home.path);
    const transport = new StdioClientTransport({
      ...await programCommand(company.settings({ env: lingers })),
      stderr: "ignore",
    });
    const client = new Client({ name: "impatient", version: "1" });
    const connecting = client.connect(transport).catch(() => {});
    const tab = await company.person.openTab(await company.browser.opened());
    // It closes stdin, and sends SIGTERM and SIGKILL to what is still there after 2 s each.
    await client.close();
    await connecting;
    await until(
      async () => (await lingering(company.home.path)).length === 1,
      "the process that goes on",
    );
    await finish(company, tab);
  },
});

Deno.test({
  name: "what goes on in the background gets nothing secret by arguments or environment",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const secret = "a-client-secret-that-nobody-may-see";
    await using company = await startCompany({
      provider: {
        clients: [{
          ...publicClient,
          client_secret: secret,
          token_endpoint_auth_method: "client_secret_post",
        }],
      },
    });
    const home = company.home.path;
    await using _end = endLingering(home);
    const proxy = "http://person:proxy-password@127.0.0.1:9";
    await using program = await start(company, {
      env: { OIDC_CLIENT_SECRET: secret, HTTPS_PROXY: proxy, SOME_TOKEN: "somebody's token" },
    });
    const tab = await beginSignIn(company, program);
    program.kill("SIGTERM");
    await program.exit;
    const [pid] = await lingering(home);
    const seen = ["cmdline", "environ"].map((name) => Deno.readTextFileSync(`/proc/${pid}/${name}`))
      .join("\0");
    assert.match(seen, /--finish-sign-in/);
    for (const text of [secret, "proxy-password", "somebody's token"]) {
      assert.ok(!seen.includes(text), `${text} in ${seen.replaceAll("\0", " ")}`);
    }
    // Streams of nobody, and the session of nobody else.
    for (const descriptor of [0, 1, 2]) {
      assert.equal(await Deno.readLink(`/proc/${pid}/fd/${descriptor}`), "/dev/null");
    }
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    assert.equal(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3], String(pid));
    for await (const { name, isFile } of Deno.readDir(join(home, ".mcp-auth/authful-mcp-proxy"))) {
      if (!isFile) continue;
      const bytes = await Deno.readFile(join(home, ".mcp-auth/authful-mcp-proxy", name));
      assert.ok(!new TextDecoder("latin1").decode(bytes).includes(secret), name);
    }
    await isListenedOn(redirectUrlOf(company));
    assert.equal((await company.person.visit(tab)).status, 200);
    await lingersNoMore(home);
  },
});

Deno.test({
  name: "status names what goes on in the background, and logout ends it",
  ignore,
  async fn() {
    await using company = await startCompany();
    const home = company.home.path;
    await using _end = endLingering(home);
    await using program = await start(company);
    await beginSignIn(company, program);
    program.kill("SIGTERM");
    await program.exit;
    const [pid] = await lingering(home);
    await using status = await start(company, { args: ["status", "--json"] });
    await status.exit;
    const { signInsInBackground: [told] } = JSON.parse(status.lines.join("\n"));
    assert.equal(told.pid, pid);
    assert.equal(told.clientId, company.provider.clientId);
    assert.ok(Date.parse(told.endsAt) > Date.now());
    await using shown = await start(company, { args: ["status"] });
    await shown.exit;
    assert.match(shown.stderr(), new RegExp(`Process ${pid} waits in the background`));
    await using logout = await start(company, { args: ["logout", "--all"] });
    await logout.exit;
    await lingersNoMore(home);
  },
});

Deno.test({
  name: "who signs in by hand gets a page at once, and what goes on in the background ends",
  ignore,
  async fn() {
    await using company = await startCompany();
    const home = company.home.path;
    await using _end = endLingering(home);
    await using program = await start(company);
    await beginSignIn(company, program);
    program.kill("SIGTERM");
    await program.exit;
    await isListenedOn(redirectUrlOf(company));
    await using login = await start(company, { args: ["login", company.gateway.url.href] });
    assert.equal((await company.signIn()).status, 200);
    assert.equal((await login.exit).code, 0);
    await lingersNoMore(home);
    assert.equal(company.browser.count(), 2);
  },
});

Deno.test({
  name: "the next start waits for what goes on in the background, and says what to open",
  ignore,
  async fn() {
    await using company = await startCompany();
    const home = company.home.path;
    await using _end = endLingering(home);
    await using program = await start(company);
    const tab = await beginSignIn(company, program);
    program.kill("SIGTERM");
    await program.exit;
    const [pid] = await lingering(home);
    await isListenedOn(redirectUrlOf(company));
    await using next = await start(company);
    const initialized = next.initialize();
    await next.logged(
      new RegExp(`process ${pid} is signing in .* its page, .*: http://127.0.0.1:\\d+/sign-in/`),
    );
    assert.equal((await company.person.visit(tab)).status, 200);
    assert.ok((await initialized).result);
    assert.ok((await next.request("tools/list")).result);
    await lingersNoMore(home);
    assert.equal(company.browser.count(), 1);
  },
});

Deno.test({
  name: "it ends with the time of the sign-in",
  ignore,
  async fn() {
    await using company = await startCompany();
    await using _end = endLingering(company.home.path);
    await using program = await start(company, { env: { MCP_PROXY_LOGIN_TIMEOUT: "8" } });
    await beginSignIn(company, program);
    program.kill("SIGTERM");
    await program.exit;
    assert.equal((await lingering(company.home.path)).length, 1);
    await lingersNoMore(company.home.path);
  },
});

for (
  const [why, more] of [
    ["--no-linger", { env: { MCP_PROXY_NO_LINGER: "1" } }],
    ["--no-browser, which gives up the right to start programs", {
      env: { MCP_PROXY_NO_BROWSER: "1" },
    }],
  ] as const
) {
  Deno.test({
    name: `with ${why} nothing goes on in the background, and the next start does`,
    ignore,
    async fn() {
      await using company = await startCompany();
      const home = company.home.path;
      await using _end = endLingering(home);
      await using program = await start(company, more);
      program.initialize().catch(() => {});
      const line = await program.logged(/open this URL .*http:\S+\/sign-in\//);
      const tab = await company.person.openTab(/http:\S+/.exec(line)![0]);
      await leave(program);
      assert.deepEqual(await lingering(home), []);
      await using next = await start(company, more);
      const initialized = next.initialize();
      await next.logged(/waiting for a sign-in that was begun already/);
      assert.equal((await company.person.visit(tab)).status, 200);
      assert.ok((await initialized).result);
    },
  });
}

Deno.test({
  name: "a device code is asked about in the background, too",
  ignore,
  async fn() {
    await using company = await startCompany({
      provider: {
        deviceFlow: true,
        clients: [{
          ...publicClient,
          grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
          redirect_uris: [],
          response_types: [],
        }],
      },
    });
    const home = company.home.path;
    await using _end = endLingering(home);
    await using program = await start(company, { env: { OIDC_FLOW: "device" } });
    program.initialize().catch(() => {});
    const line = await program.logged(/user_code=/);
    program.kill("SIGTERM");
    await program.exit;
    assert.equal((await lingering(home)).length, 1);
    await company.person.visit(/http:\S+user_code=\S+/.exec(line)![0]);
    await lingersNoMore(home);
    await using next = await start(company, { env: { OIDC_FLOW: "device" } });
    await next.initialize();
    assert.ok((await next.request("tools/list")).result);
    assert.equal(company.provider.count("device_authorization"), 1);
  },
});

Deno.test({
  name:
    "a program that is killed leaves its page to the next start, which shows it again in seconds",
  ignore,
  async fn() {
    await using company = await startCompany();
    await using _end = endLingering(company.home.path);
    await using program = await start(company);
    program.initialize().catch(() => {});
    const url = await company.browser.opened();
    program.kill("SIGKILL");
    await program.exit;
    assert.deepEqual(await lingering(company.home.path), []);
    const startedAt = Date.now();
    await using next = await start(company);
    next.initialize().catch(() => {});
    assert.equal((await company.browser.opened()).href, url.href);
    // Under a Deno without file locks the dead one is known by its silence, for each of its leases.
    assert.ok(Date.now() - startedAt < (programIsStandalone ? 15_000 : 8_000));
    assert.equal((await company.person.visit(url)).status, 200);
  },
});
