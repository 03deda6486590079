/**
 * The first call after `setup`, by the entry that it wrote, as a person at a shell makes it. The
 * picture in README shows it: `deno task screens` records it, `deno task docs` draws it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startCompany } from "../../support/company.ts";
import { npmCommand } from "../../support/npm_command.ts";
import { runProgram } from "../../support/program.ts";
import { programCommand } from "../../support/program_command.ts";
import { compareWithRecorded } from "../../support/recorded_screen.ts";

/** What the Inspector is asked, each part on a line of its own. */
const call = [
  ["--cli", "--config", "~/.cursor/mcp.json", "--server", "company-tools"],
  ["--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=hello"],
];

Deno.test({
  name: "the entry that setup wrote answers the first call without another sign-in",
  // Elsewhere Deno keeps its modules in another place.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const running = runProgram(company.settings({
      args: [
        "setup",
        company.gateway.url.href,
        ...["--client", "cursor", "--name", "company-tools", "--yes"],
      ],
    }));
    await company.signIn();
    const { code, stderr } = await running;
    assert.equal(code, 0, stderr);

    // The Inspector hands its servers little more than the home directory.
    const { DENO_DIR, ...rest } = (await programCommand(company.settings())).env;
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
        ...call.flat().map((argument) => argument.replace(/^~/, company.home.path)),
      ],
      env: rest,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.equal(inspected.code, 0, decoder.decode(inspected.stderr));
    assert.equal(company.browser.count(), 1, "the sign-in of setup was the only one");
    const line = ["npx @modelcontextprotocol/inspector", ...call.map((part) => part.join(" "))]
      .join(" \\\n    ");
    await compareWithRecorded(
      "first_call.txt",
      `$ ${line}\n${decoder.decode(inspected.stdout).trimEnd()}\n`,
    );
  },
});
