import assert from "node:assert/strict";
import { createPaint } from "../../../src/cli/terminal/paint.ts";

const terminals: [string, boolean, Record<string, string>, coloured: boolean, ok: string][] = [
  ["a terminal", true, {}, true, "✓"],
  ["a pipe", false, {}, false, "✓"],
  ["a dumb terminal", true, { TERM: "dumb" }, false, "ok"],
  ["another kind of terminal", true, { TERM: "xterm" }, true, "✓"],
  ["NO_COLOR", true, { NO_COLOR: "1" }, false, "✓"],
  ["an empty NO_COLOR", true, { NO_COLOR: "" }, true, "✓"],
  ["FORCE_COLOR on a pipe", false, { FORCE_COLOR: "1" }, true, "✓"],
  ["FORCE_COLOR at a dumb terminal", true, { FORCE_COLOR: "1", TERM: "dumb" }, true, "ok"],
  ["FORCE_COLOR=0", true, { FORCE_COLOR: "0" }, false, "✓"],
  ["FORCE_COLOR=false", true, { FORCE_COLOR: "false" }, false, "✓"],
  ["an empty FORCE_COLOR", false, { FORCE_COLOR: "" }, false, "✓"],
  ["FORCE_COLOR against NO_COLOR", false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true, "✓"],
];
for (const [name, isTerminal, variables, coloured, ok] of terminals) {
  Deno.test(`createPaint: ${name}`, () => {
    const paint = createPaint({ isTerminal, env: (key) => variables[key] });
    assert.equal(paint.red("x") !== "x", coloured);
    assert.ok(paint.ok.includes(ok));
  });
}

const paintOf = (variables: Record<string, string>) =>
  createPaint({ isTerminal: false, env: (key) => variables[key] });

Deno.test("createPaint: each colour begins and ends itself, and an empty text has none", () => {
  const paint = paintOf({ FORCE_COLOR: "1" });
  const codes = {
    bold: [1, 22],
    dim: [2, 22],
    red: [31, 39],
    green: [32, 39],
    yellow: [33, 39],
    cyan: [36, 39],
  } as const;
  for (const [name, [open, close]] of Object.entries(codes)) {
    const style = paint[name as keyof typeof codes];
    assert.equal(style("text"), `\x1b[${open}mtext\x1b[${close}m`);
    assert.equal(style(""), "");
  }
  assert.deepEqual([paint.ok, paint.warning, paint.failure, paint.open], [
    paint.green("✓"),
    paint.yellow("!"),
    paint.red("✗"),
    paint.cyan("?"),
  ]);
});

Deno.test("createPaint: a terminal of ASCII has words for signs", () => {
  const { ok, warning, failure, open } = paintOf({ TERM: "dumb" });
  assert.deepEqual([ok, warning, failure, open], ["ok", "!", "x", "?"]);
  const plain = paintOf({});
  assert.deepEqual([plain.ok, plain.warning, plain.failure, plain.open], ["✓", "!", "✗", "?"]);
});
