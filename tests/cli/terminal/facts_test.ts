import assert from "node:assert/strict";
import { formatFacts } from "../../../src/cli/terminal/facts.ts";
import { createPaint } from "../../../src/cli/terminal/paint.ts";

Deno.test("formatFacts leaves out what is not known", () => {
  const paint = createPaint({ isTerminal: false, env: () => undefined });
  assert.equal(
    formatFacts([["a", "1"], ["long", undefined], ["bb", ""], ["ccc", "2"]], paint),
    "  a    1\n  ccc  2\n",
  );
});
