import assert from "node:assert/strict";
import { formatFacts } from "../../../src/cli/terminal/facts.ts";
import { createPaint } from "../../../src/cli/terminal/paint.ts";

const paint = createPaint({ isTerminal: false, env: () => undefined });

Deno.test("formatFacts leaves out what is not known", () => {
  assert.equal(
    formatFacts([["a", "1"], ["long", undefined], ["bb", ""], ["ccc", "2"]], paint),
    "  a    1\n  ccc  2\n",
  );
  assert.equal(formatFacts([], paint), "");
  assert.equal(formatFacts([["a", undefined]], paint), "");
});

Deno.test("formatFacts shows what others said on one line of a thousand characters", () => {
  const [whole, longer] = ["x".repeat(1_000), "x".repeat(1_001)];
  assert.equal(formatFacts([["a", whole]], paint), `  a  ${whole}\n`);
  assert.equal(formatFacts([["a", longer]], paint), `  a  ${whole}…\n`);
  assert.equal(formatFacts([["a", "one\ntwo"]], paint), "  a  one two\n");
});

Deno.test("formatFacts dims the names, with the space behind them", () => {
  const coloured = createPaint({ isTerminal: true, env: () => undefined });
  assert.equal(
    formatFacts([["a", "1"], ["bb", "2"]], coloured),
    "  \x1b[2ma \x1b[22m  1\n  \x1b[2mbb\x1b[22m  2\n",
  );
});
