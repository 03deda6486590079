import assert from "node:assert/strict";
import { join } from "node:path";
import { setUpFromCatalogue } from "../../../../src/cli/setup/catalogue/set_up_from_catalogue.ts";
import { recordPath } from "../../../../src/cli/setup/catalogue/catalogue_record.ts";
import { selfCommand } from "../../../../src/cli/setup/self_command.ts";
import { readJsonc } from "../../../../src/cli/setup/edit_jsonc.ts";
import type { FlagTexts } from "../../../../src/settings/options.ts";
import type { SystemConfig } from "../../../../src/settings/system_config.ts";
import { parseUrlPattern } from "../../../../src/settings/url_pattern.ts";
import type { CommandContext } from "../../../../src/cli/commands/command.ts";
import { answeringTerminal } from "../../../support/answering_terminal.ts";
import { CommandRoom } from "../../command_room.ts";

const { command, args } = selfCommand();
type Servers = Record<string, Record<string, unknown>>;

/** What an administrator says who says nothing. */
const administrator: SystemConfig = {
  path: "/etc/x.json",
  servers: {},
  defaults: {},
  policy: { locked: {}, allowedBackends: undefined, allowedIssuers: undefined },
};

/** A home with a catalogue, a configuration file and the file of a client, and setup in it. */
class Desk implements AsyncDisposable {
  readonly room = new CommandRoom();
  readonly catalogue = join(this.room.home, "catalogue.json");
  readonly config = join(this.room.home, "config.json");
  readonly cursor = join(this.room.home, "cursor.json");
  /** What the configuration file says at first. */
  readonly initial = JSON.stringify({ defaults: { cacheDir: this.room.cacheDir } });
  system: SystemConfig | undefined;

  constructor() {
    Deno.writeTextFileSync(this.config, this.initial);
  }

  /** Whoever is signed in with these settings is signed in there. */
  readonly company = { oidcIssuerUrl: this.room.issuer, oidcClientId: "client" };

  async write(path: string, value: unknown): Promise<void> {
    await Deno.writeTextFile(path, typeof value === "string" ? value : JSON.stringify(value));
  }

  async offer(servers: Servers): Promise<void> {
    await this.write(this.catalogue, { servers });
  }

  async own(servers: Servers, defaults: object = { cacheDir: this.room.cacheDir }): Promise<void> {
    await this.write(this.config, { defaults, servers });
  }

  async servers(): Promise<Servers> {
    const text = await Deno.readTextFile(this.config).catch(() => "");
    return (readJsonc(text, ["servers"]) ?? {}) as Servers;
  }

  async entries(): Promise<Servers> {
    const text = await Deno.readTextFile(this.cursor).catch(() => "");
    return (readJsonc(text, ["mcpServers"]) ?? {}) as Servers;
  }

  /** Without a person, for all servers and Cursor, unless told otherwise. */
  async run(
    { flags = {}, given, answers }: {
      flags?: CommandContext["flags"];
      given?: string;
      answers?: string[];
    } = {},
  ) {
    using terminal = answeringTerminal(answers);
    const silent = { all: "true", yes: "true" };
    const context = {
      flags: {
        from: this.catalogue,
        client: "cursor",
        file: this.cursor,
        ...answers ? {} : silent,
        ...flags,
      },
      given,
      terminal,
      resolve: (answers: FlagTexts = {}, options = {}) => {
        // The name is none of a server that is set up.
        assert.deepEqual([answers, options], [{ backendUrl: "" }, { unnamed: "none" }]);
        return this.room.resolve(
          {
            MCP_PROXY_CONFIG: this.config,
            MCP_BACKEND_URL: "",
            MCP_PROXY_CACHE_DIR: "",
            OIDC_ISSUER_URL: "",
            OIDC_CLIENT_ID: "",
          },
          { flags: answers, system: this.system },
        );
      },
    } as unknown as CommandContext;
    const code = await setUpFromCatalogue(context);
    const plain = (text: string) => text.replaceAll(this.room.home, "~");
    return { code, out: plain(terminal.onOut), err: plain(terminal.onErr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.room[Symbol.asyncDispose]();
  }
}

const a = { backendUrl: "https://a.test/" };
const b = { backendUrl: "https://b.test/", oidcScopes: "openid b" };
const entryOf = (desk: Desk, name: string) => ({
  command,
  args: [...args, name, "--config", desk.config],
  env: {},
});

Deno.test("servers of a catalogue are written, and a second time nothing changes", async () => {
  await using desk = new Desk();
  await desk.own({ mine: { backendUrl: "https://mine.test/" } });
  await desk.offer({ a, b });
  const { code, out, err } = await desk.run();
  assert.deepEqual([code, out], [0, ""]);
  assert.deepEqual(await desk.servers(), { mine: { backendUrl: "https://mine.test/" }, a, b });
  assert.deepEqual(await desk.entries(), { a: entryOf(desk, "a"), b: entryOf(desk, "b") });
  assert.ok(
    err.startsWith(`? a: new
  backend    https://a.test/
  provider   as the backend says
  client id  registered by itself
? b: new
  backend     https://b.test/
  provider    as the backend says
  client id   registered by itself
  oidcScopes  openid b
`),
    err,
  );
  assert.ok(
    err.endsWith(
      "\nNow: switch the server on under Settings, MCP; you are asked to sign in at the first use\n",
    ),
    err,
  );
  assert.deepEqual(JSON.parse(await Deno.readTextFile(recordPath(desk.config))), {
    sources: { [desk.catalogue]: { a, b } },
  });
  const before = await Promise.all(
    [desk.config, desk.cursor, recordPath(desk.config)].map((path) => Deno.stat(path)),
  );
  const again = await desk.run();
  assert.equal(again.code, 0);
  assert.equal(
    again.err,
    "✓ a: unchanged\n✓ b: unchanged\n✓ ~/cursor.json needs no change\n" +
      "Now: switch the server on under Settings, MCP; you are asked to sign in at the first use\n",
  );
  const after = await Promise.all(
    [desk.config, desk.cursor, recordPath(desk.config)].map((path) => Deno.stat(path)),
  );
  assert.deepEqual(after.map(({ ino }) => ino), before.map(({ ino }) => ino));
});

Deno.test("what a catalogue says of a server is shown, on one line each", async () => {
  await using desk = new Desk();
  const server = {
    ...{ name: "com.company/x", title: "The X", description: "What it does", version: "1" },
    remotes: [{ type: "streamable-http", url: "https://x.test/" }],
    _meta: {
      "io.github.authful/mcp-proxy": {
        ...{ oidcIssuerUrl: "https://auth.test", oidcClientId: "abc" },
        ...{ oidcAuthParams: ["a=b", "c=d"], loginTimeout: 60 },
      },
    },
  };
  const others = { name: "com.company/y", remotes: [] };
  await desk.write(desk.catalogue, { servers: [server, others, others] });
  const { err } = await desk.run({ flags: { "dry-run": "true" } });
  assert.ok(
    err.startsWith(`? x: new
  is              The X: What it does
  backend         https://x.test/
  provider        https://auth.test
  client id       abc
`),
    err,
  );
  assert.match(err, /\n {2}oidcAuthParams {2}a=b c=d\n/);
  assert.match(err, /\n {2}loginTimeout +60\n/);
  assert.match(err, /\n2 more cannot be reached over Streamable HTTP\n/);
  await desk.write(desk.catalogue, { servers: [server, others] });
  assert.match((await desk.run()).err, /\n1 more cannot be reached over Streamable HTTP\n/);
  assert.doesNotMatch(err, /signed in/);
});

Deno.test("a change is shown with what was before, and taken when it moves no credential", async () => {
  await using desk = new Desk();
  await desk.offer({ a: { ...a, loginTimeout: 60 }, b });
  await desk.run();
  const moved = { ...b, backendUrl: "https://c.test/", oidcToken: "id" };
  await desk.offer({ a, b: moved });
  const { code, err } = await desk.run();
  assert.equal(code, 0);
  assert.ok(
    err.startsWith(`? a: changed
  backend       https://a.test/
  provider      as the backend says
  client id     registered by itself
  loginTimeout  60 → none
? b: changed
  backend     https://b.test/ → https://c.test/
  provider    as the backend says
  client id   registered by itself
  oidcScopes  openid b
  oidcToken   none → id
`),
    err,
  );
  assert.deepEqual(await desk.servers(), { a, b: moved });
});

Deno.test("a server of the person's own stays, and is not handed to the client", async () => {
  await using desk = new Desk();
  await desk.own({ a: { backendUrl: "https://mine.test/" } });
  await desk.offer({ a });
  const { code, err } = await desk.run();
  assert.equal(code, 0);
  assert.match(
    err,
    /^! a: hidden, your own server of this name is in ~\/config\.json\n {2}backend/,
  );
  assert.doesNotMatch(err, /Now:/);
  assert.deepEqual(await desk.servers(), { a: { backendUrl: "https://mine.test/" } });
  assert.deepEqual(await desk.entries(), {});
});

Deno.test("a server of the administrator's is not written, and handed to the client", async () => {
  await using desk = new Desk();
  await desk.own({});
  desk.system = { ...administrator, servers: { a } };
  await desk.offer({ a });
  const { code, err } = await desk.run();
  assert.equal(code, 0);
  assert.match(err, /^! a: hidden, \/etc\/x\.json has a server of this name\n/);
  assert.deepEqual(await desk.servers(), {});
  assert.deepEqual(await desk.entries(), { a: entryOf(desk, "a") });
});

Deno.test("what is refused is said, not written, and changes the exit code", async () => {
  await using desk = new Desk();
  await desk.offer({ a: { ...a, browser: "x" }, b });
  const { code, err } = await desk.run();
  assert.equal(code, 3);
  assert.match(err, /^✗ a: refused, it sets browser, which no catalogue may\n\? b: new\n/);
  assert.deepEqual(await desk.servers(), { b });
  assert.deepEqual(Object.keys(await desk.entries()), ["b"]);
  await desk.offer({ a: { ...a, browser: "x" } });
  const { out } = await desk.run({ flags: { json: "true" } });
  assert.deepEqual(JSON.parse(out), {
    ...{ source: "~/catalogue.json", client: "cursor", outcome: "written" },
    servers: [{
      ...{ name: "a", state: "refused", written: false },
      why: "it sets browser, which no catalogue may",
    }],
  });
});

Deno.test("a server that a policy would not let start is refused, with why", async () => {
  await using desk = new Desk();
  const allowedBackends = [parseUrlPattern("https://b.test/*")!];
  desk.system = { ...administrator, policy: { ...administrator.policy, allowedBackends } };
  await desk.offer({ a, b });
  const { code, err } = await desk.run();
  assert.equal(code, 3);
  assert.match(err, /^✗ a: refused, .*a\.test.*\n\? b: new\n/);
  assert.deepEqual(await desk.servers(), { b });
});

Deno.test("one server may be named; one that is not there is told with those that are", async () => {
  await using desk = new Desk();
  await desk.offer({ a, b });
  const { code, err } = await desk.run({ given: "b", flags: { all: undefined } });
  assert.equal(code, 0);
  assert.match(err, /^\? b: new\n/);
  assert.match(err, /\nNow: /);
  assert.deepEqual(await desk.servers(), { b });
  await assert.rejects(desk.run({ given: "c" }), {
    message:
      `Usage error: the catalogue ${desk.catalogue} has no server "c". Fix: name one of a, b, or ` +
      "see authful-mcp-proxy setup --help.",
  });
});

Deno.test("where nobody can choose, the servers must be named", async () => {
  await using desk = new Desk();
  await desk.offer({ a });
  const message =
    "Usage error: nobody says which servers of the catalogue are wanted. Fix: add --all, or " +
    "name one of them, or see authful-mcp-proxy setup --help.";
  await assert.rejects(desk.run({ flags: { all: undefined } }), { message });
  await assert.rejects(desk.run({ answers: [], flags: { yes: "true" } }), { message });
  await assert.rejects(desk.run({ answers: [], flags: { "dry-run": "true" } }), { message });
  assert.equal((await desk.run({ flags: { yes: undefined, "dry-run": "true" } })).code, 0);
  assert.deepEqual(await desk.servers(), {});
});

Deno.test("without a client only the configuration file is written", async () => {
  await using desk = new Desk();
  await desk.offer({ a });
  const { code, out, err } = await desk.run({ flags: { client: undefined } });
  assert.deepEqual([code, out], [0, ""]);
  assert.doesNotMatch(err, /Now:/);
  assert.deepEqual(await desk.servers(), { a });
  await assert.rejects(Deno.stat(desk.cursor), Deno.errors.NotFound);
  const again = await desk.run({ flags: { client: undefined, json: "true" } });
  assert.deepEqual(JSON.parse(again.out), {
    ...{ source: "~/catalogue.json", client: null, outcome: "written" },
    servers: [{ name: "a", state: "unchanged", ...a, written: false }],
  });
});

Deno.test("for any other client the entries are printed", async () => {
  await using desk = new Desk();
  await desk.offer({ a, b });
  const { code, out, err } = await desk.run({ flags: { client: "json" } });
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(out.replaceAll("~", desk.room.home)),
    { mcpServers: { a: entryOf(desk, "a"), b: entryOf(desk, "b") } },
  );
  assert.doesNotMatch(err, /Now:/);
  const dry = await desk.run({ flags: { client: "json", "dry-run": "true" }, given: "b" });
  assert.equal(JSON.parse(dry.out).mcpServers.b.args.at(-3), "b", "what is there already");
  const json = await desk.run({ flags: { client: "json", json: "true" } });
  assert.equal(JSON.parse(json.out).client, "json");
});

Deno.test("what would be done is said as JSON, and only what was written is called so", async () => {
  await using desk = new Desk();
  await desk.offer({ a: { ...a, ...desk.company, oidcScopes: "x" }, b });
  const dry = await desk.run({ flags: { json: "true", "dry-run": "true" } });
  const servers = [
    { name: "a", state: "new", ...a, ...desk.company, written: false },
    { name: "b", state: "new", backendUrl: b.backendUrl, written: false },
  ];
  assert.deepEqual(JSON.parse(dry.out), {
    ...{ source: "~/catalogue.json", client: "cursor", outcome: "shown", servers },
  });
  const { out, err } = await desk.run({ flags: { json: "true" } });
  assert.deepEqual(JSON.parse(out), {
    ...{ source: "~/catalogue.json", client: "cursor", outcome: "written" },
    servers: servers.map((server) => ({ ...server, written: true })),
  });
  assert.doesNotMatch(err, /Now:/);
});

Deno.test("a name that the client has for something else stays as it is", async () => {
  await using desk = new Desk();
  const theirs = { a: { command: "npx", args: ["a"] }, c: { url: "https://x.test" } };
  await desk.write(desk.cursor, { mcpServers: theirs });
  const c = { backendUrl: "https://c.test/" };
  await desk.offer({ a, b, c });
  const { err } = await desk.run();
  assert.match(err, /! Cursor has its own a: left as it is\n/);
  assert.match(err, /! Cursor has its own c: left as it is\n/);
  assert.deepEqual(await desk.entries(), { ...theirs, b: entryOf(desk, "b") });
  await desk.write(desk.cursor, {
    mcpServers: { b: { command: "authful-mcp-proxy", args: ["x"] } },
  });
  assert.match((await desk.run({ given: "b" })).err, /Cursor has its own b/);
  await desk.write(desk.cursor, {
    mcpServers: { b: { command: "authful-mcp-proxy", args: ["b"] } },
  });
  await desk.run({ given: "b" });
  assert.deepEqual(await desk.entries(), { b: entryOf(desk, "b") });
});

Deno.test("where nothing is to be written, nothing is", async () => {
  await using desk = new Desk();
  await desk.offer({ a: { ...a, browser: "x" } });
  const { code } = await desk.run({ flags: { client: undefined } });
  assert.equal(code, 3);
  assert.equal(await Deno.readTextFile(desk.config), desk.initial);
  await assert.rejects(Deno.stat(recordPath(desk.config)), Deno.errors.NotFound);
});

/** Writes a server whose credential is there, and offers another backend under its name. */
async function moved(desk: Desk, more: Servers = {}) {
  await desk.own({});
  await desk.offer({ a: { ...a, ...desk.company } });
  await desk.run();
  await desk.room.signIn({ claims: { email: "ada@company.com" } } as object, {
    variables: { MCP_BACKEND_URL: a.backendUrl },
  });
  await desk.offer({ a: { backendUrl: "https://evil.test/", ...desk.company }, ...more });
}

Deno.test("where somebody is signed in, nothing moves without a person", async () => {
  await using desk = new Desk();
  await moved(desk);
  const { code, err } = await desk.run();
  assert.equal(code, 3);
  assert.match(
    err,
    /^! a: needs consent, you are signed in there, and backendUrl would be another one\n {2}backend +https:\/\/a\.test\/ → https:\/\/evil\.test\/\n/,
  );
  assert.match(err, /\n! a was left as it is: run this at a terminal\n/);
  const { out } = await desk.run({ flags: { json: "true" } });
  const [{ state, written }] = JSON.parse(out).servers;
  assert.deepEqual([state, written], ["needs consent", false]);
  assert.equal((await desk.servers()).a.backendUrl, a.backendUrl);
});

for (
  const [answer, goes] of [["y", true], ["YES", true], ["", false], ["no", false], [
    "N",
    false,
  ]] as const
) {
  Deno.test(`a person who answers ${JSON.stringify(answer)} lets a sign-in ${goes ? "" : "not "}go elsewhere`, async () => {
    await using desk = new Desk();
    await moved(desk);
    const { code, err } = await desk.run({
      answers: ["what", "yep", "my", answer, "y"],
      flags: { all: "true" },
    });
    assert.equal(code, goes ? 0 : 3);
    assert.match(err, /Let a go there, with your sign-in\? \[y\/N\] ✗ answer yes or no\n/);
    assert.equal(
      (await desk.servers()).a.backendUrl,
      goes ? "https://evil.test/" : a.backendUrl,
    );
  });
}

Deno.test("an input that ends is no consent", async () => {
  await using desk = new Desk();
  await moved(desk);
  assert.equal((await desk.run({ answers: [], flags: { all: "true" } })).code, 3);
});

Deno.test("a new server that an account's credential would go to says so", async () => {
  await using desk = new Desk();
  await desk.own({});
  const given = { ...a, ...desk.company };
  await desk.room.signIn({ claims: { email: "ada@company.com" } } as object, {
    variables: { MCP_BACKEND_URL: a.backendUrl },
  });
  await desk.offer({ a: given });
  const { err } = await desk.run();
  assert.match(
    err,
    /\n {2}signed in +(?:ada@company\.com|somebody), with the same provider and client: used for this, too\n/,
  );
  assert.doesNotMatch((await desk.run()).err, /signed in/);
});

Deno.test("a person chooses among the servers, by name or all", async () => {
  const rows: [answers: string[], names: string[]][] = [
    [["all", "y"], ["a", "b"]],
    [["", "y"], ["a", "b"]],
    [["b", "y"], ["b"]],
    [["b, a", "y"], ["a", "b"]],
    [[" a  b ", "y"], ["a", "b"]],
    [["a,", "y"], ["a"]],
  ];
  for (const [answers, names] of rows) {
    await using desk = new Desk();
    await desk.offer({ a, b });
    const { code } = await desk.run({ answers });
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(await desk.servers()), names, answers[0]);
  }
  await using desk = new Desk();
  await desk.offer({ a, b, c: { ...a, browser: "x" } });
  const { code, err } = await desk.run({ answers: ["x", "a,c", "b", "y"] });
  assert.match(
    err,
    /Which of them\? Names, or all: \[all\] ✗ there is no "x"\nWhich of them\? Names, or all: \[all\] ✗ there is no "c"\n/,
  );
  assert.equal(code, 0, "what was not wanted is not left alone");
  assert.deepEqual(Object.keys(await desk.servers()), ["b"]);
  await assert.rejects(desk.run({ answers: [] }), { reason: "input_ended" });
});

Deno.test("a person who named the servers, or wants all, is not asked which", async () => {
  await using desk = new Desk();
  await desk.offer({ a, b });
  const named = await desk.run({ answers: ["y"], given: "a" });
  assert.doesNotMatch(named.err, /Which of them/);
  assert.deepEqual(Object.keys(await desk.servers()), ["a"]);
  const all = await desk.run({ answers: ["y"], flags: { all: "true" } });
  assert.doesNotMatch(all.err, /Which of them/);
  assert.deepEqual(Object.keys(await desk.servers()), ["a", "b"]);
});

Deno.test("where nothing can be chosen, nobody is asked", async () => {
  await using desk = new Desk();
  await desk.offer({ a: { ...a, browser: "x" } });
  const { code, err } = await desk.run({ answers: [] });
  assert.equal(code, 0);
  assert.doesNotMatch(err, /Which of them/);
});

Deno.test("a person who says no has nothing written", async () => {
  await using desk = new Desk();
  await desk.offer({ a });
  const { code, err } = await desk.run({ answers: ["all", "n"] });
  assert.equal(code, 1);
  assert.doesNotMatch(err, /Now:/);
  assert.deepEqual(await desk.servers(), {});
  await assert.rejects(Deno.stat(recordPath(desk.config)), Deno.errors.NotFound);
});

Deno.test("a person at a terminal is asked for the client", async () => {
  await using desk = new Desk();
  await desk.offer({ a });
  const { err } = await desk.run({ answers: ["cursor", "all", "y"], flags: { client: undefined } });
  assert.match(err, /^Which client do you want to set up\?\n/);
  assert.deepEqual(Object.keys(await desk.entries()), ["a"]);
});

Deno.test("what other catalogues wrote stays known", async () => {
  await using desk = new Desk();
  await desk.write(recordPath(desk.config), {
    sources: { other: { x: a }, [desk.catalogue]: { y: a } },
  });
  await desk.offer({ a });
  await desk.run();
  assert.deepEqual(JSON.parse(await Deno.readTextFile(recordPath(desk.config))), {
    sources: { other: { x: a }, [desk.catalogue]: { y: a, a } },
  });
});

Deno.test("a setting that the catalogue drops is dropped, and what the person added stays", async () => {
  await using desk = new Desk();
  await desk.offer({ b });
  await desk.run();
  const text = await Deno.readTextFile(desk.config);
  await desk.write(desk.config, text.replace(`"backendUrl"`, `// Mine.\n      "backendUrl"`));
  await desk.offer({ b: { backendUrl: b.backendUrl } });
  await desk.run();
  assert.deepEqual(await desk.servers(), { b: { backendUrl: b.backendUrl } });
  assert.match(await Deno.readTextFile(desk.config), /\/\/ Mine\./);
});

Deno.test("a server of the person's own stays so, whatever a policy would say of the other one", async () => {
  await using desk = new Desk();
  await desk.own({ a: { backendUrl: "https://b.test/mine" } });
  const allowedBackends = [parseUrlPattern("https://b.test/*")!];
  desk.system = { ...administrator, policy: { ...administrator.policy, allowedBackends } };
  await desk.offer({ a });
  const { code, err } = await desk.run();
  assert.equal(code, 0);
  assert.match(err, /^! a: hidden, your own server/);
});

Deno.test("what a policy does not let start any more holds no credential", async () => {
  await using desk = new Desk();
  await desk.offer({ a });
  await desk.run();
  const allowedBackends = [parseUrlPattern("https://b.test/*")!];
  desk.system = { ...administrator, policy: { ...administrator.policy, allowedBackends } };
  await desk.offer({ a: { backendUrl: "https://b.test/" } });
  const { code, err } = await desk.run();
  assert.equal(code, 0);
  assert.match(err, /^\? a: changed\n/);
});

Deno.test("only what was written is known to be the catalogue's", async () => {
  await using desk = new Desk();
  await desk.own({ a });
  await desk.offer({ a, b });
  assert.match((await desk.run()).err, /^✓ a: unchanged\n\? b: new\n/);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(recordPath(desk.config))), {
    sources: { [desk.catalogue]: { b } },
  });
});
