import assert from "node:assert/strict";
import { formatDifference } from "../../../src/cli/setup/show_difference.ts";
import { createPaint } from "../../../src/cli/terminal/paint.ts";

const paint = createPaint({ isTerminal: false, env: () => undefined });
const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`);

Deno.test("what a file has in its comments does not act on the terminal that shows it", async () => {
  const before = '{\r\n\t// \u001b[8m\u009b31m\u202e gnirts \u0007\r\n\t"a": 1\r\n}\r\n';
  const after = before.replace('"a": 1', '"a": 2');
  const shown = await formatDifference({ path: "mcp.json", before, after }, paint);
  assert.ok(
    shown.includes(' \t// \ufffd[8m\ufffd31m\ufffd gnirts \ufffd\n-\t"a": 1\n+\t"a": 2'),
    shown,
  );
});

Deno.test("a carriage return that does not end a line is seen", async () => {
  const shown = await formatDifference({ path: "a", before: "a\rb\n", after: "a\n" }, paint);
  assert.ok(shown.includes("-a\ufffdb\n+a"), shown);
});

Deno.test("a change is shown with three lines around it", async () => {
  const before = lines(9);
  const shown = await formatDifference({
    path: "/home/ada/mcp.json",
    before: before.join(""),
    after: before.with(4, "other\n").join(""),
  }, paint);
  assert.equal(
    shown,
    [
      "--- /home/ada/mcp.json",
      "+++ /home/ada/mcp.json",
      "@@ -2,7 +2,7 @@",
      ...[" line 2", " line 3", " line 4", "-line 5", "+other", " line 6", " line 7", " line 8"],
    ].join("\n"),
  );
});

Deno.test("a line of dashes in a file does not begin the difference anew", async () => {
  const shown = await formatDifference({ path: "a", before: "-- x\n", after: "" }, paint);
  assert.equal(shown, "--- a\n+++ a\n@@ -1,1 +0,0 @@\n--- x");
});

Deno.test("a file that is made comes from nowhere, and one that goes leads there", async () => {
  assert.equal(
    await formatDifference({ path: "mcp.json", before: undefined, after: "{}\n" }, paint),
    "--- /dev/null\n+++ mcp.json\n@@ -0,0 +1,1 @@\n+{}",
  );
  assert.equal(
    await formatDifference({ path: "mcp.json", before: "{}\n", after: undefined }, paint),
    "--- mcp.json\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-{}",
  );
});

Deno.test("a terminal has what comes in green and what goes in red", async () => {
  const terminal = createPaint({ isTerminal: true, env: () => undefined });
  const shown = await formatDifference(
    { path: "a", before: "x+\nold-\n", after: "x+\nnew@@\n" },
    terminal,
  );
  assert.equal(
    shown,
    [
      terminal.red("--- a"),
      terminal.green("+++ a"),
      terminal.cyan("@@ -1,2 +1,2 @@"),
      " x+",
      terminal.red("-old-"),
      terminal.green("+new@@"),
    ].join("\n"),
  );
});
