import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { commands } from "../../src/cli/commands/registry.ts";
import { shortHelp } from "../../src/cli/help/short_help.ts";
import { main } from "../../src/cli/main.ts";
import { versionLine, versionReport } from "../../src/cli/version_report.ts";

/** Runs the program in this process, with these variables and no others. */
async function run(
  args: string[],
  { env = {}, isTerminal = false, files = {} }: {
    env?: Record<string, string>;
    isTerminal?: boolean;
    /** What lies in the home directory. */
    files?: Record<string, unknown>;
  } = {},
): Promise<{ code: number; out: string; err: string }> {
  const home = await Deno.makeTempDir();
  for (const [file, content] of Object.entries(files)) {
    const path = join(home, file);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, JSON.stringify(content));
  }
  const all: Record<string, string> = { HOME: home, MCP_PROXY_CACHE_DIR: join(home, "c"), ...env };
  const { log } = console;
  const { stdin, stdout, stderr } = Deno;
  const before = [stdin.isTerminal, stdout.writeSync, stderr.writeSync, Deno.env.get] as const;
  let [out, err] = ["", ""];
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const listeners: [string, EventListenerOrEventListenerObject][] = [];
  const { addEventListener } = globalThis;
  console.log = (text: string) => void (out += `${text}\n`);
  stdin.isTerminal = () => isTerminal;
  stdout.writeSync = (bytes) => {
    out += decode(bytes);
    return bytes.length;
  };
  stderr.writeSync = (bytes) => {
    err += decode(bytes);
    return bytes.length;
  };
  Deno.env.get = (name) => all[name];
  globalThis.addEventListener = (name: string, listener: EventListenerOrEventListenerObject) => {
    listeners.push([name, listener]);
    addEventListener(name, listener);
  };
  try {
    return { code: await main(args), out, err };
  } finally {
    console.log = log;
    [stdin.isTerminal, stdout.writeSync, stderr.writeSync, Deno.env.get] = before;
    Object.assign(globalThis, { addEventListener });
    for (const [name, listener] of listeners) removeEventListener(name, listener);
    await Deno.remove(home, { recursive: true });
  }
}

const silent = { err: "" };

Deno.test("main prints the version, the help and the short help", async () => {
  assert.deepEqual(await run(["--version"]), { code: 0, out: `${versionLine()}\n`, ...silent });
  const json = `${JSON.stringify(versionReport(), null, 2)}\n`;
  assert.deepEqual(await run(["--version", "--json"]), { code: 0, out: json, ...silent });
  const help = await run(["--help"], { env: { COLUMNS: "100" } });
  assert.deepEqual([help.code, help.err], [0, ""]);
  assert.match(help.out, /^Usage: authful-mcp-proxy \[options\] MCP_BACKEND_URL\n/);
  assert.match(help.out, /https:\/\/mcp\.example\.com\/mcp\n$/, "with one end of line");
  const wide = { env: { COLUMNS: "100" }, isTerminal: true };
  assert.deepEqual(await run([], wide), { code: 0, out: `${shortHelp(100)}\n`, ...silent });
});

Deno.test("main runs a command, which writes where it should", async () => {
  assert.deepEqual(await run(["version"]), { code: 0, out: `${versionLine()}\n`, ...silent });
  const { code, out, err } = await run(["status"]);
  assert.deepEqual([code, out], [0, ""]);
  assert.match(err, /^Nobody is signed in: nothing is stored in .*\/c\n$/);
  const named = await run(["status", "--oidc-issuer-url", "https://a.test", "https://b.test/"], {
    env: { OIDC_CLIENT_ID: "client" },
  });
  assert.equal(named.code, 1);
  assert.match(named.err, /Not signed in at https:\/\/a\.test\/ with client id client/);
});

Deno.test("main tells wrong usage in one line, and in a report where stdout is read", async () => {
  const what = "unknown option '--al'";
  const fix = 'use "--all", or see authful-mcp-proxy logout --help';
  const line = `Usage error: ${what}. Fix: ${fix}.\n`;
  assert.deepEqual(await run(["logout", "--al"]), { code: 2, out: "", err: line });
  const report = await run(["status", "--json", "--no-such"]);
  assert.equal(report.code, 2);
  assert.deepEqual(JSON.parse(report.out), {
    error: {
      category: "Usage error",
      reason: "usage",
      what: "unknown option '--no-such'",
      fix: "see authful-mcp-proxy status --help",
    },
  });
  assert.match(report.out, /^\{\n {2}"error"/);
  assert.match(report.err, /^Usage error: unknown option '--no-such'/);
  // The bridge has no report: what reads its stdout wants JSON-RPC.
  assert.equal((await run(["--json", "--no-such"])).out, "");
});

Deno.test("main tells in a report, too, why a command could not do it", async () => {
  const args = ["token", "--oidc-issuer-url", "https://a.test", "--profile", "x"];
  const env = { MCP_BACKEND_URL: "https://b.test/mcp", OIDC_CLIENT_ID: "client" };
  const plain = await run(args, { env });
  assert.deepEqual([plain.code, plain.out], [1, ""]);
  assert.match(plain.err, /^Authentication error: not signed in\. Fix: /);
  const login = await run(["login", "--json"], {
    env: { ...env, OIDC_ISSUER_URL: "http://127.0.0.1:9", OIDC_CLIENT_KEY_FILE: "/no/such/key" },
  });
  assert.equal(login.code, 1);
  const { error } = JSON.parse(login.out);
  assert.deepEqual(Object.keys(error), ["category", "reason", "what", "fix"]);
  assert.ok(login.err.includes(`${error.category}: ${error.what}`), login.err);
  // A setting of another kind of value is wrong usage.
  const wrong = await run(["status", "--json"], { env: { MCP_PROXY_LOGIN_TIMEOUT: "soon" } });
  assert.equal(wrong.code, 2);
  assert.equal(JSON.parse(wrong.out).error.reason, "usage");
});

Deno.test("main tells why there was no start, in the form that the log has", async () => {
  const missing = await run([]);
  assert.notEqual(missing.code, 0);
  assert.equal(missing.out, "");
  assert.match(missing.err, /^\w+ error: .*Fix: .*\n$/);
  assert.equal(missing.err.split("\n").length, 2);
  const ways: [string[], Record<string, string>][] = [
    [["--log-format", "json"], {}],
    [[], { MCP_PROXY_LOG_FORMAT: "json" }],
  ];
  for (const [args, env] of ways) {
    const { err, out, code } = await run([...args, "--login-timeout", "soon"], { env });
    assert.deepEqual([code, out], [2, ""]);
    const line = JSON.parse(err);
    assert.equal(line.level, "error");
    assert.equal(line.reason, "usage");
    assert.match(line.message, /^Usage error: .*soon/);
  }
  const text = await run(["--log-format", "text", "--login-timeout", "soon"], {
    env: { MCP_PROXY_LOG_FORMAT: "json" },
  });
  assert.match(text.err, /^Usage error: /, "the flag wins");
});

Deno.test("main warns of secrets on the command line, and writes the log into a file, too", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = join(directory, "proxy.log");
    const { err, out, code } = await run(
      ["--log-file", file, "--oidc-client-secret", "secret-of-ada", "--backend-client-secret=s"],
    );
    assert.deepEqual([code === 0, out], [false, ""]);
    const first = "the client secret is on the command line, where process lists show it. " +
      "Fix: set OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE instead.";
    assert.ok(err.includes(first), err);
    assert.ok(err.includes("the client secret of the backend's authorization server is on"), err);
    assert.equal(await Deno.readTextFile(file), err);
    assert.doesNotMatch(err, /secret-of-ada/);
    const env = { OIDC_CLIENT_SECRET: "secret-of-ada" };
    assert.doesNotMatch((await run([], { env })).err, /on the command line/);
    const unwritable = await run(["--log-file", join(directory, "no", "such", "\0")]);
    assert.notEqual(unwritable.code, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("main knows a command by its name, and suggests it for a word that is nearly it", async () => {
  const { code, err } = await run(["statu"]);
  assert.notEqual(code, 0);
  assert.match(err, /"statu" is neither a command nor the URL/);
  assert.match(err, /status/);
  assert.ok(commands.some(({ name }) => name === "status"));
});

const configFile = ".config/authful-mcp-proxy/config.json";
const server = (name: string) => ({
  backendUrl: `https://${name}.test/mcp`,
  oidcIssuerUrl: "https://auth.test",
  oidcClientId: name,
});

Deno.test("main shows the short help to a person who gave nothing at all", async () => {
  const helps = async (args: string[], env: Record<string, string> = {}) =>
    (await run(args, { env, isTerminal: true })).out.includes("All settings: ");
  assert.equal(await helps([]), true);
  assert.equal(await helps(["--login-timeout", "soon"]), false);
  assert.equal(await helps([], { MCP_BACKEND_URL: "no URL!" }), false);
  const narrow = await run(["--help"], { env: { COLUMNS: "50" } });
  const [, description] = narrow.out.split("\n\n");
  assert.ok(description!.split("\n").every((line) => line.length <= 50), description);
});

Deno.test("main resolves the settings of the server that a command is about", async () => {
  const one = { [configFile]: { servers: { tools: server("tools") } } };
  const status = await run(["status"], { files: one });
  assert.equal(status.code, 1);
  assert.match(status.err, /Not signed in at https:\/\/auth\.test\/ with client id tools/);
  const two = { [configFile]: { servers: { tools: server("tools"), wiki: server("wiki") } } };
  assert.equal((await run(["status"], { files: two })).code, 0, "of two it is about neither");
  const login = await run(["login"], { files: two });
  assert.equal(login.code, 2);
  assert.match(login.err, /^Usage error: several servers are set up: tools \(.*; wiki \(/);
  assert.match((await run(["status", "wiki"], { files: two })).err, /with client id wiki/);
  const client = {
    ".cursor/mcp.json": {
      mcpServers: {
        tools: {
          command: "authful-mcp-proxy",
          args: ["https://tools.test/mcp"],
          env: { OIDC_ISSUER_URL: "https://auth.test", OIDC_CLIENT_ID: "tools" },
        },
      },
    },
  };
  assert.match(
    (await run(["status"], { files: client })).err,
    /^The settings are those of "tools" in .*mcp\.json\n/,
  );
});

Deno.test("main writes for programs where that is asked for, wherever the flag stands", async () => {
  const report = await run(["--profile", "x", "status", "--json", "--login-timeout", "soon"]);
  assert.equal(report.code, 2);
  assert.equal(JSON.parse(report.out).error.reason, "usage");
  const command = await run(["status", "--log-format", "json", "--login-timeout", "soon"]);
  assert.match(command.err, /^Usage error: /, "a command speaks to people");
  const files = { [configFile]: { defaults: { logFormat: "json" } } };
  const { err } = await run(["--oidc-client-secret", "secret-of-ada"], { files });
  const lines = err.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ level }) => level), ["warn", "error"]);
});

Deno.test("main ends at once where it is to finish a sign-in that nobody left to it", async () => {
  const nothing = { code: 0, out: "", err: "" };
  assert.deepEqual(await run(["--finish-sign-in"]), nothing);
  assert.equal((await run(["status", "--finish-sign-in"])).code, 2, "only as the first word");
});
