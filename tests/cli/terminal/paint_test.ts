import assert from "node:assert/strict";
import { createPaint } from "../../../src/cli/terminal/paint.ts";

const terminals: [string, boolean, Record<string, string>, coloured: boolean, ok: string][] = [
  ["a terminal", true, {}, true, "✓"],
  ["a pipe", false, {}, false, "✓"],
  ["a dumb terminal", true, { TERM: "dumb" }, false, "ok"],
  ["NO_COLOR", true, { NO_COLOR: "1" }, false, "✓"],
  ["an empty NO_COLOR", true, { NO_COLOR: "" }, true, "✓"],
  ["FORCE_COLOR on a pipe", false, { FORCE_COLOR: "1" }, true, "✓"],
  ["FORCE_COLOR=0", true, { FORCE_COLOR: "0" }, false, "✓"],
  ["FORCE_COLOR against NO_COLOR", false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true, "✓"],
];
for (const [name, isTerminal, variables, coloured, ok] of terminals) {
  Deno.test(`createPaint: ${name}`, () => {
    const paint = createPaint({ isTerminal, env: (key) => variables[key] });
    assert.equal(paint.red("x") !== "x", coloured);
    assert.ok(paint.ok.includes(ok));
  });
}
