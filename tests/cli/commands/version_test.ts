import assert from "node:assert/strict";
import { completions } from "../../../src/cli/commands/completions.ts";
import { commands } from "../../../src/cli/commands/registry.ts";
import { version } from "../../../src/cli/commands/version.ts";
import { completionScript } from "../../../src/cli/completions/completion_script.ts";
import { versionLine, versionReport } from "../../../src/cli/version_report.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";

const context = (flags: Record<string, string>, argument?: string) => ({
  flags,
  argument,
  given: undefined,
  commands,
  terminal: recordedTerminal(),
  resolve: () => Promise.reject(new Error("no settings are needed")),
});

Deno.test("version prints the version, and with --json the report, indented", async () => {
  const plain = context({});
  assert.equal(await version(plain), 0);
  assert.equal(plain.terminal.out.text(), `${versionLine()}\n`);
  const json = context({ json: "true" });
  assert.equal(await version(json), 0);
  assert.equal(json.terminal.out.text(), `${JSON.stringify(versionReport(), null, 2)}\n`);
});

Deno.test("completions prints the script of the shell as it is", async () => {
  for (const shell of ["bash", "fish"] as const) {
    const asked = context({}, shell);
    assert.equal(await completions(asked), 0);
    assert.equal(asked.terminal.out.text(), completionScript(shell, commands));
    assert.equal(asked.terminal.err.text(), "");
  }
});
