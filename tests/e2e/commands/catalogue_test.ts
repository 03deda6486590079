import assert from "node:assert/strict";
import { join } from "node:path";
import { readJsonc } from "../../../src/cli/setup/edit_jsonc.ts";
import { startCompany } from "../../support/company.ts";
import { createHome } from "../../support/home.ts";
import { certificateFile } from "../../support/https_server.ts";
import { runProgram } from "../../support/program.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";
import { type RegistryItem, startRegistry } from "../../support/registry.ts";

const metaKey = "io.github.authful/mcp-proxy";

const item = (name: string, url: string, settings: Record<string, unknown>): RegistryItem => ({
  server: {
    name: `com.company/${name}`,
    description: `The ${name} of the company`,
    version: "1.0.0",
    remotes: [{ type: "streamable-http", url }],
    _meta: { [metaKey]: settings },
  },
});

const company = { oidcIssuerUrl: "https://auth.company.com", oidcClientId: "company" };

/** Every file below a directory, with when it was written and what it says. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) Object.assign(files, await snapshot(path));
    else {files[path] = `${(await Deno.stat(path)).mtime?.getTime()} ${await Deno.readTextFile(
        path,
      )}`;}
  }
  return files;
}

async function startDesk() {
  const stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  const home = stack.use(await createHome());
  const run = (args: string[], env: Record<string, string> = {}) =>
    runProgram({
      home: home.path,
      args: ["setup", "--from", registry.url.href, ...args],
      env: { MCP_PROXY_CA_CERT: certificateFile("authority.pem"), ...env },
    });
  const config = async () =>
    readJsonc(
      await Deno.readTextFile(join(home.path, ".config/authful-mcp-proxy/config.json")),
      ["servers"],
    ) as Record<string, Record<string, unknown>>;
  const cursor = async () =>
    JSON.parse(await Deno.readTextFile(join(home.path, ".cursor/mcp.json"))).mcpServers;
  return {
    registry,
    home,
    run,
    config,
    cursor,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const silently = ["--all", "--yes", "--client", "cursor"];

Deno.test("a registry is set up without a question, and a second time nothing changes", async () => {
  await using desk = await startDesk();
  desk.registry.publish([
    item("tools", "https://mcp.company.com/tools", company),
    item("data", "https://mcp.company.com/data", { ...company, oidcScopes: ["openid", "data"] }),
  ]);
  const first = await desk.run(silently);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /tools: new\n.*is +The tools of the company\n.*https:\/\/mcp/);
  assert.deepEqual(await desk.config(), {
    tools: { backendUrl: "https://mcp.company.com/tools", ...company },
    data: {
      backendUrl: "https://mcp.company.com/data",
      oidcScopes: "openid data",
      ...company,
    },
  });
  assert.deepEqual(Object.keys(await desk.cursor()), ["tools", "data"]);
  assert.equal((await desk.cursor()).data.args.at(-1), "data");
  const before = await snapshot(desk.home.path);
  const second = await desk.run([...silently, "--json"]);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(await snapshot(desk.home.path), before, "not even a file is touched");
  assert.deepEqual(
    JSON.parse(second.stdout).servers.map((
      { state, written }: { state: string; written: boolean },
    ) => [
      state,
      written,
    ]),
    [["unchanged", false], ["unchanged", false]],
  );
});

Deno.test("a changed catalogue changes what it wrote, and nothing else", async () => {
  await using desk = await startDesk();
  const path = join(desk.home.path, ".config/authful-mcp-proxy/config.json");
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(
    path,
    '{\n  // Mine.\n  "servers": {\n    "own": { "backendUrl": "https://own.test/" }\n  }\n}\n',
  );
  const scopes = { ...company, oidcScopes: ["openid", "data"], loginTimeout: 60 };
  desk.registry.publish([
    item("tools", "https://mcp.company.com/tools", scopes),
    item("edited", "https://mcp.company.com/edited", company),
    item("own", "https://mcp.company.com/own", company),
  ]);
  assert.equal((await desk.run(silently)).code, 0);
  await Deno.writeTextFile(
    path,
    (await Deno.readTextFile(path)).replace(
      '"https://mcp.company.com/edited"',
      '"https://mcp.company.com/my-edit"',
    ),
  );
  desk.registry.publish([
    item("tools", "https://mcp.company.com/tools-2", { ...company, oidcScopes: ["openid"] }),
    item("edited", "https://mcp.company.com/edited-2", company),
    item("own", "https://mcp.company.com/own-2", company),
  ]);
  const { code, stderr } = await desk.run(silently);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /tools: changed\n[^]*backend +https:\/\/mcp.company.com\/tools → .*tools-2/);
  assert.match(stderr, /loginTimeout +60 → none/);
  assert.match(stderr, /own: hidden, your own server of this name is in /);
  assert.match(stderr, /edited: hidden, your own server of this name is in /);
  assert.deepEqual(await desk.config(), {
    own: { backendUrl: "https://own.test/" },
    tools: { backendUrl: "https://mcp.company.com/tools-2", oidcScopes: "openid", ...company },
    edited: { backendUrl: "https://mcp.company.com/my-edit", ...company },
  });
  assert.match(await Deno.readTextFile(path), /\/\/ Mine\./);
  assert.equal((await desk.cursor()).own, undefined, "the person's own is not handed out");
});

Deno.test("one server may be named; a client's own entry of a name stays", async () => {
  await using desk = await startDesk();
  const file = join(desk.home.path, ".cursor/mcp.json");
  await Deno.mkdir(join(file, ".."), { recursive: true });
  const theirs = { mcpServers: { tools: { url: "https://elsewhere.test/mcp" } } };
  await Deno.writeTextFile(file, JSON.stringify(theirs));
  desk.registry.publish([
    item("tools", "https://mcp.company.com/tools", company),
    item("data", "https://mcp.company.com/data", company),
  ]);
  const { code, stderr } = await desk.run(["tools", "--yes", "--client", "cursor"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Cursor has its own tools: left as it is/);
  assert.deepEqual(Object.keys(await desk.config()), ["tools"]);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), theirs);
  const unknown = await desk.run(["tols", "--yes"]);
  assert.deepEqual([unknown.code, /has no server "tols"/.test(unknown.stderr)], [2, true]);
  const nobody = await desk.run(["--yes", "--client", "cursor"]);
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /which servers of the catalogue are wanted.*add --all/);
});

Deno.test("a dry run shows the change, and what is refused is said and changes the exit code", async () => {
  await using desk = await startDesk();
  desk.registry.publish([
    item("tools", "https://mcp.company.com/tools", company),
    item("evil", "https://mcp.company.com/evil", { browser: "touch /tmp/owned" }),
  ]);
  const before = await snapshot(desk.home.path);
  const dry = await desk.run(["--all", "--dry-run", "--client", "cursor"]);
  assert.equal(dry.code, 3, dry.stderr);
  assert.match(dry.stdout, /^\+.*"tools"/m);
  assert.deepEqual(await snapshot(desk.home.path), before);
  const { code, stderr } = await desk.run(silently);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /evil: refused, it sets browser, which no catalogue may/);
  assert.deepEqual(Object.keys(await desk.config()), ["tools"]);
});

Deno.test("where somebody is signed in, nothing moves without a person", async () => {
  await using desk = await startDesk();
  await using work = await startCompany();
  const { provider, gateway } = work;
  const settings = { oidcIssuerUrl: provider.issuer, oidcClientId: provider.clientId };
  desk.registry.publish([item("tools", gateway.url.href, settings)]);
  assert.equal((await desk.run(silently)).code, 0);
  const program = work.settings({ home: desk.home.path });
  const redirect = { OIDC_REDIRECT_URL: program.env!.OIDC_REDIRECT_URL, DISPLAY: ":0" };
  const login = runProgram({ ...program, args: ["login", "tools"], env: redirect });
  const [, { code, stderr }] = await Promise.all([work.signIn(), login]);
  assert.equal(code, 0, stderr);

  const moved = "https://mcp.evil.test/";
  desk.registry.publish([item("tools", moved, settings)]);
  const silent = await desk.run([...silently, "--json"]);
  assert.equal(silent.code, 3, silent.stderr);
  assert.match(
    silent.stderr,
    /tools: needs consent, you are signed in there, and backendUrl would/,
  );
  assert.equal(JSON.parse(silent.stdout).servers[0].written, false);
  assert.equal((await desk.config()).tools.backendUrl, gateway.url.href);

  desk.registry.publish([
    item("tools", gateway.url.href, settings),
    item("new", "https://mcp.company.com/new", settings),
  ]);
  const { stderr: shown } = await desk.run(["--all", "--dry-run", "--client", "cursor"]);
  assert.match(shown, /signed in +.*with the same provider and client: used for this, too/);

  desk.registry.publish([item("tools", gateway.url.href, { ...settings, loginTimeout: 60 })]);
  assert.equal((await desk.run(silently)).code, 0, "what moves no credential needs nobody");
  assert.equal((await desk.config()).tools.loginTimeout, 60);
  if (!hasPseudoTerminal) return;

  const away = "https://mcp-new.company.com/";
  desk.registry.publish([item("tools", away, settings)]);
  for (const answer of ["", "y"]) {
    await using terminal = await startAtTerminal({
      home: desk.home.path,
      args: ["setup", "--from", desk.registry.url.href, "--client", "cursor", "--all"],
      env: { MCP_PROXY_CA_CERT: certificateFile("authority.pem") },
    });
    await terminal.shows(/Let tools go there, with your sign-in\?/);
    await terminal.type(answer);
    if (answer === "y") {
      await terminal.shows(/Write .*\?/);
      await terminal.type("y");
    }
    assert.equal(await terminal.code, answer === "y" ? 0 : 3, terminal.screen());
    const { tools } = await desk.config();
    assert.equal(tools.backendUrl, answer === "y" ? away : gateway.url.href);
  }
});

Deno.test({
  name: "at a terminal the person chooses among the servers of a catalogue",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using desk = await startDesk();
    desk.registry.publish([
      item("tools", "https://mcp.company.com/tools", company),
      item("data", "https://mcp.company.com/data", company),
    ]);
    await using terminal = await startAtTerminal({
      home: desk.home.path,
      args: ["setup", "--from", desk.registry.url.href, "--client", "cursor"],
      env: { MCP_PROXY_CA_CERT: certificateFile("authority.pem") },
    });
    await terminal.shows(/Which of them\?/);
    await terminal.type("nothing");
    await terminal.shows(/there is no "nothing"/);
    await terminal.type("data");
    await terminal.shows(/Write .*\?/);
    await terminal.type("y");
    assert.equal(await terminal.code, 0);
    assert.deepEqual(Object.keys(await desk.config()), ["data"]);
    assert.deepEqual(Object.keys(await desk.cursor()), ["data"]);
  },
});
