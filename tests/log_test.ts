import { deepStrictEqual } from "node:assert/strict";
import { createLog, type LogLevel } from "../src/log.ts";

const written = (level: LogLevel) => {
  const lines: string[] = [];
  const log = createLog({ level, write: (line) => lines.push(line), now: () => 0 });
  for (const name of ["error", "warn", "info", "debug", "notice"] as const) log[name](name);
  return lines.map((line) => line.replace("1970-01-01T00:00:00.000Z [authful-mcp-proxy] ", ""));
};

Deno.test("each level writes itself and what is graver, and a notice always", () => {
  deepStrictEqual(written("error"), ["[error] error\n", "[error] notice\n"]);
  deepStrictEqual(written("info"), [
    "[error] error\n",
    "[warn] warn\n",
    "[info] info\n",
    "[info] notice\n",
  ]);
  deepStrictEqual(written("debug").length, 5);
});

Deno.test("a message stays on one line", () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", write: (line) => lines.push(line), now: () => 0 });
  log.info("a\r\nb\u2028c");
  deepStrictEqual(lines, ["1970-01-01T00:00:00.000Z [authful-mcp-proxy] [info] a b c\n"]);
});
