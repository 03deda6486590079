import assert from "node:assert/strict";
import { reportSetup } from "../../../src/cli/setup/report_setup.ts";
import type { CommandContext } from "../../../src/cli/commands/command.ts";
import { answeringTerminal } from "../../support/answering_terminal.ts";

const outcome = {
  ...{ server: "tools", client: null, outcome: "shown" } as const,
  changes: [{ path: "/a" }, { path: "/b", unchanged: "x" }],
};

Deno.test("what was done is said on stdout where it is asked for, and not elsewhere", () => {
  for (const json of [undefined, "true"]) {
    using terminal = answeringTerminal();
    reportSetup({ flags: { json }, terminal } as unknown as CommandContext, outcome);
    assert.equal(terminal.onErr, "");
    assert.deepEqual(
      terminal.onOut === "" ? undefined : JSON.parse(terminal.onOut),
      json && { server: "tools", client: null, outcome: "shown", files: ["/a", "/b"] },
    );
  }
});
