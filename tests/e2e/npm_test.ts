import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../scripts/build/run.ts";
import { targetOf } from "../../scripts/build/targets.ts";
import { packNpm, readNpmTexts } from "../../scripts/npm.ts";
import { npmPackages, platformPackageName } from "../../scripts/package/npm_packages.ts";
import { startCompany } from "../support/company.ts";
import { hasProgram } from "../support/has_program.ts";
import { repository } from "../support/paths.ts";
import { runProgram } from "../support/program.ts";
import { doMainJob } from "./main_job.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");
const target = targetOf(Deno.build.target);

/** An empty directory into which npm has installed these tarballs, and nothing from elsewhere. */
async function installed(tarballs: readonly string[]): Promise<string> {
  const prefix = await Deno.makeTempDir({ prefix: "authful-prefix-" });
  await run([
    "npm",
    "install",
    "--offline",
    "--omit=optional",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    ...tarballs,
  ], { cwd: prefix });
  return prefix;
}

Deno.test({
  name:
    "npx starts what npm installed, and it does the main job (needs AUTHFUL_EXECUTABLE and npm)",
  ignore: !executable || !(await hasProgram("npm")),
  async fn(t) {
    const to = await Deno.makeTempDir({ prefix: "authful-tarballs-" });
    const packages = npmPackages(
      new Map([[target, await Deno.readFile(executable!)]]),
      await readNpmTexts(repository, [target]),
    );
    const tarballs = await packNpm(packages, { to });
    const prefix = await installed(tarballs);
    const command = ["npx", "--no-install", "authful-mcp-proxy"] as [string, ...string[]];
    try {
      await using company = await startCompany();
      await doMainJob(t, { company, start: { command, cwd: prefix } });

      await t.step("arguments and the exit code pass through", async () => {
        const { home } = company;
        const wrong = await runProgram({ home: home.path, command, cwd: prefix, args: ["--nope"] });
        assert.equal(wrong.code, 2);
        assert.match(wrong.stderr, /--nope/);
        assert.equal(wrong.stdout, "");
      });

      await t.step("no package runs anything when it is installed", async () => {
        for (const name of ["authful-mcp-proxy", platformPackageName(target)]) {
          const manifest = JSON.parse(
            await Deno.readTextFile(join(prefix, "node_modules", name, "package.json")),
          );
          assert.equal(manifest.scripts, undefined);
        }
      });

      await t.step("without the platform's package it says which one to install", async () => {
        await Deno.remove(join(prefix, "node_modules", "@authful"), { recursive: true });
        const { home } = company;
        const { code, stderr } = await runProgram({ home: home.path, command, cwd: prefix });
        assert.equal(code, 1);
        assert.match(
          stderr,
          /^System error: the package @authful\/mcp-proxy-\S+ is not installed/m,
        );
      });
    } finally {
      await Deno.remove(prefix, { recursive: true });
      await Deno.remove(to, { recursive: true });
    }
  },
});
