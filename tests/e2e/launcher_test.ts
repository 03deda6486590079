import assert from "node:assert/strict";
import { join } from "node:path";
import { targetOf } from "../../scripts/build/targets.ts";
import { readNpmTexts } from "../../scripts/npm.ts";
import { npmPackages } from "../../scripts/package/npm_packages.ts";
import { writeFiles } from "../../scripts/package/packed_file.ts";
import { startCompany } from "../support/company.ts";
import { createHome } from "../support/home.ts";
import { hasProgram } from "../support/has_program.ts";
import { repository } from "../support/paths.ts";
import { runProgram } from "../support/program.ts";
import { programCommand } from "../support/program_command.ts";
import { hasPseudoTerminal, startAtTerminal } from "../support/pseudo_terminal.ts";

const target = targetOf(Deno.build.target);

/**
 * What npm leaves of the two packages, with a script that starts the program as these tests do in the
 * place of the executable.
 */
async function installLauncher(home: string): Promise<[command: string]> {
  const { command, args, env } = await programCommand({ home });
  const quoted = [command, ...args].map((each) => `'${each}'`).join(" ");
  const script = `#!/bin/sh\nexport DENO_DIR='${env.DENO_DIR ?? ""}'\nexec ${quoted} "$@"\n`;
  const packages = npmPackages(
    new Map([[target, new TextEncoder().encode(script)]]),
    await readNpmTexts(repository, [target]),
  );
  const modules = join(home, "installed", "node_modules");
  for (const { name, files } of packages) await writeFiles(join(modules, name), files);
  return [join(modules, "authful-mcp-proxy", "launcher.cjs")];
}

const ignore = Deno.build.os === "windows" || !(await hasProgram("node")) ||
  Boolean(Deno.env.get("AUTHFUL_EXECUTABLE"));

Deno.test({
  name: "no flag and no variable of the program's reaches the Node that npm starts it with",
  ignore,
  async fn() {
    await using home = await createHome();
    const command = await installLauncher(home.path);
    const run = (...args: string[]) =>
      runProgram({ home: home.path, cwd: home.path, command, args: ["status", ...args] });
    const file = join(home.path, "variables");
    await Deno.writeTextFile(
      file,
      "NODE_OPTIONS=--no-such-flag\nOIDC_ISSUER_URL=https://auth.company.com\nOIDC_CLIENT_ID=abc\n",
    );
    for (const flag of [["--env-file", file], [`--env-file=${file}`]]) {
      const { code, stderr } = await run(...flag);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /Not signed in at https:\/\/auth\.company\.com\S* with client id abc/);
    }
    const absent = await run("--env-file", "absent");
    assert.equal(absent.code, 1, absent.stderr);
    assert.match(absent.stderr, /^Configuration error: cannot read the file of --env-file/m);
  },
});

Deno.test({
  name: "one Ctrl-C through the launcher of the npm package is one, and leaves nothing behind",
  ignore: ignore || !hasPseudoTerminal,
  async fn() {
    await using company = await startCompany();
    const command = await installLauncher(company.home.path);
    await using terminal = await startAtTerminal(company.settings({ command, args: ["login"] }));
    await company.browser.opened();
    await terminal.shows(/Waiting for you to sign in/);
    await terminal.type("\x03");
    // By the exit code of `script`, which is that of the program.
    assert.equal(await terminal.code, 130);
    const store = join(company.home.path, ".mcp-auth", "authful-mcp-proxy");
    const names = Array.from(Deno.readDirSync(store), ({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith("process-")), [], terminal.screen());

    const again = runProgram(company.settings({ args: ["login"] }));
    await company.person.visit(await company.browser.opened());
    const { code, stderr } = await again;
    assert.equal(code, 0, stderr);
    // It says so when it has to wait for another process.
    assert.doesNotMatch(stderr, /is signing in for this identity already/);
  },
});
