import assert from "node:assert/strict";
import { formatDifference } from "../../../src/cli/setup/show_difference.ts";
import { createPaint } from "../../../src/cli/terminal/paint.ts";

const paint = createPaint({ isTerminal: false, env: () => undefined });

Deno.test("what a file has in its comments does not act on the terminal that shows it", async () => {
  const before = '{\r\n\t// \u001b[8m\u009b31m\u202e gnirts \u0007\r\n\t"a": 1\r\n}\r\n';
  const after = before.replace('"a": 1', '"a": 2');
  const shown = await formatDifference({ path: "mcp.json", before, after }, paint);
  assert.ok(
    shown.includes(' \t// \ufffd[8m\ufffd31m\ufffd gnirts \ufffd\n-\t"a": 1\n+\t"a": 2'),
    shown,
  );
});
