import assert from "node:assert/strict";
import { helpWidth } from "../../../src/cli/help/help_width.ts";

/** The width with this COLUMNS, at a terminal of so many columns; at none when absent. */
function width(columns: string | undefined, terminal?: number | Error): number {
  const { consoleSize, stdout, env } = Deno;
  const { isTerminal } = stdout;
  const { get } = env;
  Deno.consoleSize = () => {
    if (terminal instanceof Error) throw terminal;
    return { columns: terminal ?? 99, rows: 24 };
  };
  stdout.isTerminal = () => terminal !== undefined;
  env.get = (name) => name === "COLUMNS" ? columns : get.call(env, name);
  try {
    return helpWidth();
  } finally {
    Object.assign(Deno, { consoleSize });
    Object.assign(stdout, { isTerminal });
    Object.assign(env, { get });
  }
}

Deno.test("help is as wide as COLUMNS says, else as the terminal, else 80, within bounds", () => {
  const rows: [columns: string | undefined, terminal: number | Error | undefined, number][] = [
    ["100", 70, 100],
    [undefined, 70, 70],
    [undefined, undefined, 80],
    ["0", undefined, 80],
    ["wide", 70, 70],
    [undefined, 0, 80],
    [undefined, new Error("not a terminal"), 80],
    ["40", undefined, 40],
    ["39", undefined, 40],
    ["1", undefined, 40],
    ["160", undefined, 160],
    ["161", undefined, 160],
    ["100.9", undefined, 100],
    ["-100", undefined, 40],
  ];
  for (const [columns, terminal, expected] of rows) {
    assert.equal(width(columns, terminal), expected, `${columns}, ${terminal}`);
  }
});
