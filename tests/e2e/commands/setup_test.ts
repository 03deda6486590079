import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { clients } from "../../../src/cli/setup/clients.ts";
import { commands } from "../../../src/cli/commands/registry.ts";
import { thisMachine } from "../../../src/platform/paths.ts";
import { startCompany } from "../../support/company.ts";
import { createHome } from "../../support/home.ts";
import { type Outcome, runProgram } from "../../support/program.ts";
import { npmCommand } from "../../support/npm_command.ts";
import { programCommand } from "../../support/program_command.ts";
import { hasPseudoTerminal, startAtTerminal } from "../../support/pseudo_terminal.ts";

/** One server, as `servers --json` lists it. */
interface Listed {
  name: string;
  clients: unknown;
}

const fixtures = new URL("../../cli/setup/fixtures/", import.meta.url);
const files: Record<string, string> = { codex: "codex.toml", goose: "goose.yaml" };
const onPosix = { ignore: Deno.build.os === "windows" };

Deno.test("every client that setup can write is offered, and no other", () => {
  const { choices } = commands.find(({ name }) => name === "setup")!.flags
    .find(({ flag }) => flag === "--client")!;
  assert.deepEqual(choices, [...clients.map(({ id }) => id), "json"]);
});

for (const client of clients) {
  Deno.test({
    ...onPosix,
    name: `setup writes and removes a server of ${client.title} where it keeps them`,
    async fn() {
      await using home = await createHome();
      const machine = { ...thisMachine(), cwd: home.path };
      // Variables other than HOME would lead elsewhere.
      const path = client.location({
        ...machine,
        env: (name) => name === "HOME" ? home.path : undefined,
      });
      const before = await Deno.readTextFile(
        new URL(files[client.id] ?? `${client.id}.json`, fixtures),
      );
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, before, { mode: 0o640 });
      const setup = (...args: string[]): Promise<Outcome> =>
        runProgram({
          home: home.path,
          args: ["setup", "--client", client.id, "--name", "new-server", ...args],
          env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "abc" },
          cwd: home.path,
        });
      const url = "https://mcp.company.com/mcp";
      const quick = ["--yes", "--no-check", "--no-login"];

      // What is the same for every client is tried with one.
      const first = client === clients[0];
      if (first) {
        const dry = await setup(url, "--dry-run");
        assert.equal(dry.code, 0, dry.stderr);
        assert.match(dry.stdout, /^\+.*oidcClientId/m);
        assert.match(dry.stdout, /^\+.*"new-server"/m);
        assert.equal(await Deno.readTextFile(path), before, "a dry run changes nothing");
      }

      const { code, stderr, stdout } = await setup(url, ...quick);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(`✓ Wrote .*; what was there is in (.*)\nNow: `));
      assert.doesNotMatch(await Deno.readTextFile(path), /https:\/\/mcp\.company\.com\/mcp/);
      const config = join(home.path, ".config", "authful-mcp-proxy", "config.json");
      assert.deepEqual(JSON.parse(await Deno.readTextFile(config)).servers, {
        "new-server": {
          backendUrl: url,
          oidcIssuerUrl: "https://auth.company.com",
          oidcClientId: "abc",
        },
      });
      const listed = JSON.parse(
        (await runProgram({ home: home.path, args: ["servers", "--json"] }))
          .stdout,
      ).servers;
      if (client.id !== "inspector") {
        assert.deepEqual(listed.map(({ name, clients }: Listed) => [name, clients]), [
          ["new-server", [{ client: client.id, file: path }]],
        ]);
      }
      const [, backup] = stderr.match(/what was there is in (.*)/)!;
      assert.equal(await Deno.readTextFile(backup), before, "the backup is what was there");
      for (const each of [path, backup]) {
        assert.equal((await Deno.stat(each)).mode! & 0o777, 0o640, "the mode stays");
      }

      if (first) assert.match((await setup(url, ...quick)).stderr, /needs no change/);
      if (first) {
        const other = await setup("--remove", "--name", "newserver", ...quick);
        assert.match(other.stderr, /✓ .* has no server "newserver"$/m);
      }
      const removed = await setup("--remove", ...quick);
      assert.equal(removed.code, 0, removed.stderr);
      assert.match(removed.stderr, /^Now: restart .* if it still shows the server$/m);
      assert.doesNotMatch(await Deno.readTextFile(path), /new-server/);

      // With everything in the client's file, as older entries have it.
      const inline = await setup(url, "--inline", ...quick);
      assert.equal(inline.code, 0, inline.stderr);
      assert.match(await Deno.readTextFile(path), /https:\/\/mcp\.company\.com\/mcp/);
    },
  });
}

Deno.test({
  name: "under sudo, setup says whose clients are set up",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    await using home = await createHome();
    const { code, stderr } = await runProgram({
      home: home.path,
      args: ["setup", "https://mcp.company.com/mcp", "--client", "cursor", "--dry-run"],
      env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "abc", SUDO_USER: "ada" },
    });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^! this is for the clients of root, .* of ada\. Fix: run setup without sudo/im,
    );
  },
});

Deno.test({
  ...onPosix,
  name: "a file that setup made goes with the last server in it, and a link stays",
  async fn() {
    await using home = await createHome();
    const setup = async (...args: string[]) => {
      const { code, stderr } = await runProgram({
        home: home.path,
        args: ["setup", ...args, "--yes", "--no-check", "--no-login"],
        env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "abc" },
      });
      assert.equal(code, 0, stderr);
      return stderr;
    };
    const path = (name: string) => join(home.path, name);
    const made = [".cursor/mcp.json", ".codex/config.toml", ".config/goose/config.yaml"].map(path);
    const linked = path("dotfiles.json");
    await Deno.mkdir(path(".config/amp"), { recursive: true });
    await Deno.symlink(linked, path(".config/amp/settings.json"));
    for (const client of ["cursor", "codex", "goose", "amp"]) {
      for (const name of ["one", "two"]) {
        await setup("https://mcp.company.com/mcp", "--client", client, "--name", name);
      }
    }
    assert.match(await setup("--remove", "--name", "one"), /✓ Wrote .*mcp\.json; what was there/);
    for (const file of made) await Deno.stat(file);
    await setup("https://mcp.company.com/mcp", "--client", "cursor", "--name", "three");
    const stderr = await setup("--remove", "--all");
    for (const file of made) {
      assert.ok(stderr.includes(`✓ Removed ${file}, which had nothing else in it`), stderr);
      await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
    }
    assert.match(stderr, /^\+\+\+ \/dev\/null$/m);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(linked)), { "amp.mcpServers": {} });
    const config = JSON.parse(
      await Deno.readTextFile(path(".config/authful-mcp-proxy/config.json")),
    );
    assert.deepEqual(config.servers, {});
    assert.match(await setup("--remove", "--all"), /✓ No server is set up/);
    const wrong = await runProgram({
      home: home.path,
      args: ["setup", "--remove", "one", "--all"],
    });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--all is every server, and one is named besides/);
  },
});

Deno.test({
  name: "what setup writes, the Inspector reads and starts, and it works",
  // Elsewhere Deno keeps its modules in another place.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const file = join(company.home.path, "mcp.json");
    const running = runProgram(company.settings({
      args: ["setup", company.gateway.url.href, "--client", "inspector", "--file", file, "--yes"],
    }));
    await company.signIn();
    const { code, stderr } = await running;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /redirect URL, letter by letter: http:\/\/127/);
    assert.match(stderr, /client type: public/);
    assert.match(stderr, /✓ Provider and backend are as they should be\n/);
    assert.match(stderr, /✓ Signed in as ada/);

    const [[name, { env: written }]] = Object.entries<{ env: object }>(
      JSON.parse(await Deno.readTextFile(file)).mcpServers,
    );
    assert.equal(name, "127-0-0-1");
    const { env: _env, ...settings } = company.settings();
    assert.deepEqual(written, {});

    // The Inspector hands its servers little more than the home directory.
    const { DENO_DIR, ...rest } = (await programCommand(settings)).env;
    if (DENO_DIR) {
      await Deno.mkdir(join(company.home.path, ".cache"));
      await Deno.symlink(DENO_DIR, join(company.home.path, ".cache", "deno"));
    }
    const inspected = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        ...npmCommand("@modelcontextprotocol/inspector"),
        "--cli",
        "--config",
        file,
        "--server",
        name,
        "--method",
        "tools/list",
      ],
      env: rest,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.equal(inspected.code, 0, decoder.decode(inspected.stderr));
    const { tools } = JSON.parse(decoder.decode(inspected.stdout));
    assert.ok(tools.some((tool: { name: string }) => tool.name === "echo"));
    assert.equal(company.browser.count(), 1, "the sign-in of setup was the only one");
  },
});

Deno.test("setup leaves the secret out unless told otherwise, says so, and never shows it", async () => {
  await using home = await createHome();
  const file = join(home.path, "mcp.json");
  const run = (...args: string[]) =>
    runProgram({
      home: home.path,
      args: [
        "setup",
        "https://mcp.company.com/mcp",
        "--client",
        "cursor",
        "--file",
        file,
        "--no-check",
        "--no-login",
        "--yes",
        ...args,
      ],
      env: {
        OIDC_ISSUER_URL: "https://auth.company.com",
        OIDC_CLIENT_ID: "abc",
        OIDC_CLIENT_SECRET: "hush-hush",
      },
    });
  const config = join(home.path, ".config", "authful-mcp-proxy", "config.json");
  for (
    const [where, args] of [[config, []], [file, ["--inline"]]] as const
  ) {
    const without = await run(...args);
    assert.equal(without.code, 0, without.stderr);
    assert.match(without.stderr, /! OIDC_CLIENT_SECRET is not written/);
    assert.doesNotMatch(await Deno.readTextFile(where), /hush/);
    const included = await run("--include-secret", ...args);
    assert.match(included.stderr, /! OIDC_CLIENT_SECRET is written in plain text/);
    assert.match(included.stderr, /\+.*(?:OIDC_CLIENT_SECRET|oidcClientSecret).*\*{8}/);
    assert.doesNotMatch(included.stderr, /hush/);
    assert.match(await Deno.readTextFile(where), /hush-hush/);
    assert.equal((await Deno.stat(where)).mode! & 0o077, 0, "nobody else can read it");
  }
});

Deno.test("setup shows no secret, new or old, whatever characters it has", async () => {
  await using home = await createHome();
  const file = join(home.path, "mcp.json");
  const config = join(home.path, ".config", "authful-mcp-proxy", "config.json");
  const secret = 'pass"word\\with, odd: ones';
  const other = { command: "x", env: { API_KEY: "their-own-key-1" } };
  await Deno.writeTextFile(file, JSON.stringify({ mcpServers: { other } }, null, 2));
  const run = (secret: string, ...args: string[]) =>
    runProgram({
      home: home.path,
      args: [
        ...["setup", "https://mcp.company.com/mcp", "--client", "cursor", "--file", file],
        ...["--no-check", "--no-login", "--yes", "--include-secret"],
        ...["--header", "X-One: first-header-secret", "--header", "X-Two: second-header-secret"],
        ...args,
      ],
      env: {
        OIDC_ISSUER_URL: "https://auth.company.com",
        OIDC_CLIENT_ID: "abc",
        OIDC_CLIENT_SECRET: secret,
      },
    });
  for (const inline of [[], ["--inline"]]) {
    const shown: string[] = [];
    for (const args of [["--dry-run"], [], ["--oidc-client-secret", "another-secret"]]) {
      const { code, stdout, stderr } = await run(secret, ...inline, ...args);
      assert.equal(code, 0, stderr);
      shown.push(stdout, stderr);
    }
    const text = shown.join("");
    assert.doesNotMatch(
      text,
      /pass.?.?word|odd: ones|header-secret|another-secret|their-own-key/,
    );
    assert.match(text, /only values change that are not shown/);
    const written = await Deno.readTextFile(inline.length > 0 ? file : config);
    assert.match(written, /another-secret/);
    assert.match(written, /first-header-secret/);
  }
});

Deno.test("setup --client json prints the entry for any other client", async () => {
  await using home = await createHome();
  const { code, stdout } = await runProgram({
    home: home.path,
    args: ["setup", "https://mcp.company.com/mcp", "--client", "json", "--no-check", "--no-login"],
    env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "abc" },
  });
  assert.equal(code, 0);
  const entry = JSON.parse(stdout).mcpServers["mcp-company"];
  assert.equal(entry.args.at(-1), "https://mcp.company.com/mcp");
  assert.deepEqual(entry.env, {
    OIDC_ISSUER_URL: "https://auth.company.com",
    OIDC_CLIENT_ID: "abc",
  });
});

Deno.test("setup writes nothing when a check fails, the file is broken, or nobody can be asked", async () => {
  await using home = await createHome();
  const file = join(home.path, "mcp.json");
  await Deno.writeTextFile(file, "{ broken");
  const run = (...args: string[]) =>
    runProgram({
      home: home.path,
      args: ["setup", "https://backend.invalid/mcp", "--client", "cursor", "--file", file, ...args],
      env: { OIDC_ISSUER_URL: "https://auth.invalid", OIDC_CLIENT_ID: "abc" },
    });
  const failing = await run("--yes");
  assert.equal(failing.code, 1);
  assert.match(failing.stderr, /✗ Name resolution: backend\.invalid, the backend, has no address/);
  assert.match(failing.stderr, /Nothing was written/);
  const broken = await run("--yes", "--no-check", "--no-login");
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /^Configuration error: \S+mcp\.json is not JSON: \w+, line 1\./m);
  const unasked = await run("--no-check", "--no-login");
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /^[^\n]*add --yes to write[^\n]*\n$/);
  assert.equal(await Deno.readTextFile(file), "{ broken");
});

Deno.test({
  name: "setup asks for everything at a terminal",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using company = await startCompany();
    const { env, ...rest } = company.settings({ args: ["setup"] });
    const { OIDC_ISSUER_URL, OIDC_CLIENT_ID, ...others } = env!;
    await using terminal = await startAtTerminal({ ...rest, env: others });
    await terminal.shows(/Which client do you want to set up\?[^]*windsurf[^]*Number or name:/);
    await terminal.type("nonsense");
    await terminal.shows(/✗ there is no "nonsense"[^]*Number or name:/);
    await terminal.type("cursor");
    await terminal.shows(
      /These variables are set in this shell: OIDC_REDIRECT_URL[^]*Shall the server be set up with them\? \[Y\/n\]/,
    );
    await terminal.type("");
    await terminal.shows(/URL of the remote MCP server:/);
    await terminal.type("mcp.company.com");
    await terminal.shows(/✗ That is not a URL[^]*URL of the remote MCP server:/);
    await terminal.type(company.gateway.url.href);
    await terminal.shows(
      /! The backend does not say which provider it trusts[^]*Issuer of the OpenID Provider:/,
    );
    await terminal.type("http://127.0.0.1:9/");
    await terminal.shows(/✗ [^]*127\.0\.0\.1:9[^]*Issuer of the OpenID Provider:/);
    await terminal.type(OIDC_ISSUER_URL);
    await terminal.shows(/redirect URL, letter by letter[^]*Client id registered there:/);
    await terminal.type(OIDC_CLIENT_ID);
    await terminal.shows(/Name of the server: \[127-0-0-1\]/);
    await terminal.type("company tools");
    await terminal.shows(/✗ "company tools" has characters[^]*Name of the server:/);
    await terminal.type("company-tools");
    await terminal.shows(/Waiting for you to sign in/);
    await company.signIn();
    await terminal.shows(
      /✓ Signed in as ada[^]*✓ The backend accepts the token[^]*Write .*config\.json and .*mcp\.json\?/,
    );
    assert.ok(terminal.screen().includes("\u001b[32m+"), "the difference is coloured");
    await terminal.type("");
    await terminal.shows(/✓ Wrote .*mcp\.json/);
    assert.equal(await terminal.code, 0);
    const written = await Deno.readTextFile(join(company.home.path, ".cursor", "mcp.json"));
    assert.ok(JSON.parse(written).mcpServers["company-tools"]);
  },
});

Deno.test({
  name: "what the client writes while setup asks is not lost",
  ignore: !hasPseudoTerminal,
  async fn() {
    await using home = await createHome();
    const path = join(home.path, "mcp.json");
    await Deno.writeTextFile(path, `{\n  "startups": 1\n}\n`);
    await using terminal = await startAtTerminal({
      home: home.path,
      args: [
        ...["setup", "https://mcp.company.com/mcp", "--client", "cursor", "--file", path],
        ...["--inline", "--no-check", "--no-login", "--name", "tools"],
        ...["--oidc-issuer-url", "https://auth.company.com", "--oidc-client-id", "abc"],
      ],
    });
    await terminal.shows(/Write .*mcp\.json\?/);
    await Deno.writeTextFile(path, `{\n  "startups": 2\n}\n`);
    await terminal.type("y");
    assert.equal(await terminal.code, 0, terminal.screen());
    const written = JSON.parse(await Deno.readTextFile(path));
    assert.equal(written.startups, 2);
    assert.ok(written.mcpServers.tools);
  },
});
