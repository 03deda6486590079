import assert from "node:assert/strict";
import { UsageError } from "../../src/base/usage_error.ts";

Deno.test("wrong usage is one line that points to the help, that of the command if it is of one", () => {
  const rows: [ConstructorParameters<typeof UsageError>[0], fix: string][] = [
    [{ what: "unknown option --x" }, "see authful-mcp-proxy --help"],
    [
      { what: "unknown option --x", command: "login" },
      "see authful-mcp-proxy login --help",
    ],
    [
      { what: "unknown option --x", fix: 'use "--y"', command: "login" },
      'use "--y", or see authful-mcp-proxy login --help',
    ],
  ];
  for (const [details, fix] of rows) {
    const error = new UsageError(details);
    assert.deepEqual(
      { name: error.name, what: error.what, fix: error.fix, message: error.message },
      {
        name: "UsageError",
        what: "unknown option --x",
        fix,
        message: `Usage error: unknown option --x. Fix: ${fix}.`,
      },
    );
  }
});
