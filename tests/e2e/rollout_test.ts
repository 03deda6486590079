/** docs/rollout.md, done literally: its commands are taken from the page. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type Company, startCompany } from "../support/company.ts";
import { documentedSection } from "../support/documented_commands.ts";
import { frozenProgram, frozenVersions } from "../support/frozen_versions.ts";
import { certificateFile } from "../support/https_server.ts";
import {
  canLayerMachine,
  createLayeredMachine,
  differences,
  homeOf,
  type LayeredMachine,
} from "../support/layered_machine.ts";
import { type Program, startProgram } from "../support/program.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { echo } from "./mixed_versions.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");
const section = (heading: string) => documentedSection({ page: "rollout.md", heading });

/** A company, and a machine with a person on it who has nothing yet. */
interface Workplace extends AsyncDisposable {
  company: Company;
  machine: LayeredMachine;
  registry: Registry;
  /** What the page says, with the company's own addresses. */
  here(text: string): string;
  /** Types what the page says; it must succeed. */
  type(who: "root" | "ada", script: string): Promise<string>;
}

async function openWorkplace(): Promise<Workplace> {
  await using stack = new AsyncDisposableStack();
  const company = stack.use(await startCompany({ provider: { revocation: true } }));
  const registry = stack.use(await startRegistry());
  const machine = stack.use(await createLayeredMachine());
  const { browser, gateway, provider } = company;
  await machine.addUser("ada");
  await machine.share(browser.directory);
  // Whoever the program runs as opens pages there.
  await Deno.chmod(browser.directory, 0o755);
  await Deno.chmod(`${browser.directory}/opened`, 0o777);
  const names: [string, string][] = [
    ["https://mcp-backend.company.com/mcp", gateway.url.href],
    ["https://mcp-backend.company.com", gateway.url.origin],
    ["https://auth.company.com", provider.issuer],
    ["https://registry.company.com", registry.url.href],
    ["your-client-id", provider.clientId],
  ];
  const here = (text: string) =>
    names.reduce((text, [from, to]) => text.replaceAll(from, to), text);
  const owned = stack.move();
  return {
    company,
    machine,
    registry,
    here,
    async type(who, script) {
      const { code, stdout, stderr } = await machine.run(who, here(script));
      assert.equal(code, 0, `${script}\n${stdout}${stderr}`);
      return stdout;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Brings a file onto the machine, where root finds what was downloaded. */
async function download(
  { machine }: Workplace,
  { name, content }: { name: string; content: string | { path: string } },
) {
  const source = typeof content === "string" ? await Deno.makeTempFile() : content.path;
  if (typeof content === "string") await Deno.writeTextFile(source, content);
  await machine.share(source.replace(/\/[^/]*$/, ""));
  const { code, stderr } = await machine.run("root", `cp '${source}' ${name}`);
  if (typeof content === "string") await Deno.remove(source);
  assert.equal(code, 0, stderr);
}

/** Starts what Claude Code starts: what stands in its file. */
async function startAsClient(
  { company, machine }: Workplace,
  server: string,
): Promise<Program> {
  const { stdout } = await machine.run("ada", "cat .claude.json");
  const { command, args, env } = JSON.parse(stdout).mcpServers[server];
  const { OIDC_REDIRECT_URL, DISPLAY } = company.settings().env as Record<string, string>;
  return await startProgram({
    home: homeOf("ada"),
    path: [company.browser.directory],
    command: [...machine.command("ada"), command] as [string, ...string[]],
    args,
    env: { DISPLAY, OIDC_REDIRECT_URL, ...env },
  });
}

async function end(program: Program): Promise<void> {
  await program.endInput();
  assert.equal((await program.exit).code, 0, program.stderr());
}

Deno.test({
  name: "docs/rollout.md, word by word: installed, locked, set up in silence, used, downgraded, " +
    "upgraded, offboarded, and nothing is left (needs AUTHFUL_EXECUTABLE, root and overlayfs)",
  ignore: !executable || !canLayerMachine,
  async fn(t) {
    await using work = await openWorkplace();
    const { company, machine, registry, here, type } = work;
    const { provider, gateway, browser } = company;
    const silently = await section("Silent set-up");

    // What is there before: the company's authority, as its devices have it, and an older version.
    await download(work, {
      name: "/usr/local/share/ca-certificates/company.crt",
      content: { path: certificateFile("authority.pem") },
    });
    await type("root", "update-ca-certificates >/dev/null 2>&1; mkdir -m 777 /opt/older");
    const [deno, ...flags] = frozenProgram(frozenVersions.at(-1)!)!;
    await download(work, { name: "/opt/older/deno", content: { path: deno } });
    await download(work, { name: "/opt/older/program.js", content: { path: flags.pop()! } });
    await download(work, {
      name: "/opt/older/authful-mcp-proxy",
      content: `#!/bin/sh\nexport DENO_DIR=/opt/older\nexec /opt/older/deno ${
        flags.join(" ")
      } /opt/older/program.js "$@"\n`,
    });
    const before = await machine.changes();

    await t.step("root installs the program and the system file", async () => {
      await download(work, {
        name: "authful-mcp-proxy",
        content: { path: resolve(executable!) },
      });
      await download(work, { name: "config.json", content: here(silently.block("json")) });
      await type("root", silently.commands("root"));
      assert.match(await type("ada", "authful-mcp-proxy servers"), /company-tools/);
    });

    await t.step(
      "the person is set up without a question, and again without a change",
      async () => {
        const outcomes = await type("ada", silently.commands("the person"));
        assert.equal(outcomes.match(/"outcome": "written"/g)?.length, 3, outcomes);
        const once = await machine.changes();
        await type("ada", silently.commands("the person"));
        assert.deepEqual(differences(once, await machine.changes()), []);
      },
    );

    await t.step("a lock holds", async () => {
      const elsewhere = "authful-mcp-proxy https://elsewhere.test/mcp < /dev/null";
      const { code, stderr } = await machine.run("ada", elsewhere);
      assert.equal(code, 1);
      assert.match(stderr, /the backend https:\/\/elsewhere\.test.*\/etc\/authful-mcp-proxy/);
    });

    await using running = await startAsClient(work, "company-tools");
    await t.step("the person signs in at the first use", async () => {
      const [page] = await Promise.all([company.signIn(), running.initialize()]);
      assert.equal(page.status, 200);
      await echo(running, "first");
    });

    await t.step("the catalogue adds a server, and again changes nothing", async () => {
      const catalogue = await section("A catalogue of your servers");
      registry.publish([{ server: JSON.parse(here(catalogue.block("json"))) }]);
      await type("ada", catalogue.commands("the person"));
      const once = await machine.changes();
      await type("ada", catalogue.commands("the person"));
      assert.deepEqual(differences(once, await machine.changes()), []);
      await using program = await startAsClient(work, "tools");
      await program.initialize();
      await echo(program, "of the catalogue");
      await end(program);
    });

    await t.step(
      "older and newer run side by side, in either order, with one sign-in",
      async () => {
        const replace = (await section("Upgrade and downgrade")).commands("root");
        await type(
          "root",
          `mv authful-mcp-proxy newer; cp /opt/older/authful-mcp-proxy .; ${replace}`,
        );
        await using older = await startAsClient(work, "tools");
        await older.initialize();
        await type("root", `mv newer authful-mcp-proxy; ${replace}`);
        await using newer = await startAsClient(work, "company-tools");
        await newer.initialize();
        gateway.distrust(provider.secrets.access_token);
        const programs = [running, older, newer];
        await Promise.all(programs.map((program, at) => echo(program, `side by side ${at}`)));
        assert.equal(provider.count("token", "refresh_token"), 1);
        assert.equal(provider.count("authorization"), 1);
        assert.equal(browser.count(), 1);
        for (const program of programs) await end(program);
      },
    );

    await t.step(
      "after offboarding and uninstalling nothing is left but what the page says",
      async () => {
        const uninstall = await section("Uninstall");
        await type("ada", uninstall.commands("the person"));
        assert.ok(provider.count("revocation") > 0, "the provider was told");
        await type("root", uninstall.commands("root"));
        await type("root", "rm authful-mcp-proxy config.json");
        const left = async () =>
          differences(before, await machine.changes())
            .filter((path) => !path.startsWith("/opt/older/"));
        const directories = [".codex", ".config", ".config/Code", ".config/Code/User"]
          .map((name) => `/home/ada/${name}`);
        const backups = (await left()).filter((path) => !directories.includes(path));
        assert.ok(
          backups.every((path) => /\/\.claude\.json\.backup-[^/]+$/.test(path)),
          `${backups}`,
        );
        const find = (await Deno.readTextFile(new URL("../../docs/rollout.md", import.meta.url)))
          .match(/^ *(find ~ .*)$/m)![1];
        assert.deepEqual((await type("ada", find)).trim().split("\n").sort(), backups);
        await type("ada", `${find} -delete`);
        assert.deepEqual(await left(), directories);
      },
    );
  },
});
