import assert from "node:assert/strict";
// @ts-types="../../scripts/build/resedit.d.ts"
import { NtExecutable, NtExecutableResource, Resource } from "resedit";
import { join } from "node:path";
import { project } from "../../scripts/package/project.ts";
import { smokeTest } from "../../scripts/smoke_test.ts";
import { startCompany } from "../support/company.ts";
import { runsWindows, windows } from "../support/foreign_machine.ts";
import { runProgram } from "../support/program.ts";
import { targetExecutables } from "../support/target_executables.ts";
import { doMainJob } from "../e2e/main_job.ts";

const executable = targetExecutables.get("x86_64-pc-windows-msvc");

Deno.test({
  name: "Windows: the executable passes the smoke test and does the main job " +
    "(needs AUTHFUL_EXECUTABLES with it, and wine64)",
  ignore: !executable || !runsWindows,
  async fn(t) {
    await using machine = await windows(executable!.path);
    const { command, env } = machine;
    const { triple } = executable!.target;
    await t.step("smoke test", () => smokeTest({ command, env, target: triple }));
    await using company = await startCompany();
    await t.step("setup tells Claude Desktop to start it", async () => {
      const args = ["setup", "--client", "claude-desktop", "--yes", "--no-login", "--no-check"];
      const settings = company.settings({
        command,
        env,
        args: [...args, company.gateway.url.href],
      });
      const { code, stderr } = await runProgram(settings);
      assert.equal(code, 0, stderr);
      const path = join(machine.profile, "AppData/Roaming/Claude/claude_desktop_config.json");
      const [entry] = Object.values(JSON.parse(await Deno.readTextFile(path)).mcpServers);
      const { command: started } = entry as { command: string };
      assert.match(started, /^[A-Z]:\\.*\\authful-mcp-proxy\.exe$/);
    });
    await doMainJob(t, { company, start: { command, env, patience: 120_000 } });
  },
});

Deno.test({
  name: "Windows: the executable keeps its key in the Credential Manager " +
    "(needs AUTHFUL_EXECUTABLES with it, and wine64)",
  ignore: !executable || !runsWindows,
  async fn(t) {
    await using machine = await windows(executable!.path);
    await using company = await startCompany();
    const env = { ...machine.env, MCP_PROXY_CREDENTIAL_ENCRYPTION: "keychain" };
    await doMainJob(t, {
      company,
      start: { command: machine.command, env, patience: 120_000 },
    });
    const stored = await Array.fromAsync(
      Deno.readDir(join(machine.profile, ".mcp-auth", "authful-mcp-proxy")),
    );
    const names = stored.map(({ name }) => name);
    assert.ok(names.includes("cache.db"), names.join());
    assert.ok(!names.includes("cache.key"), "the key is not in a file");
  },
});

Deno.test({
  name: "Windows: the executable shows its icon, name and version " +
    "(needs AUTHFUL_EXECUTABLES with it)",
  ignore: !executable,
  async fn() {
    const binary = NtExecutable.from(await Deno.readFile(executable!.path));
    const { entries } = NtExecutableResource.from(binary);
    const [info] = Resource.VersionInfo.fromEntries(entries);
    const shown = info!.getStringValues({ lang: 1033, codepage: 1200 });
    assert.equal(shown.ProductName, project.title);
    assert.equal(shown.ProductVersion, project.version);
    assert.equal(shown.OriginalFilename, "authful-mcp-proxy.exe");
    const [pictures, groups] = [3, 14].map((type) => entries.filter((each) => each.type === type));
    assert.ok(pictures!.length >= 4, "pictures of several sizes");
    assert.equal(groups!.length, 1);
  },
});
