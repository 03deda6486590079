import assert from "node:assert/strict";
import type { Log } from "../../../src/base/log.ts";
import { createTerminalLog } from "../../../src/cli/terminal/terminal_log.ts";
import { recordedSink } from "../../support/recorded_terminal.ts";

const levels = ["error", "warn", "notice", "info", "debug"] as const;

function said(level: "warn" | "info" | "debug", coloured = false): string[] {
  const sink = recordedSink({ coloured });
  const log: Log = createTerminalLog({ sink, level });
  for (const name of levels) log[name](`${name} said`);
  return sink.lines();
}

Deno.test("a log at a terminal says what was asked for, and errors and notices always", () => {
  const always = ["✗ error said", "! warn said", "notice said"];
  assert.deepEqual(said("warn"), always);
  assert.deepEqual(said("info"), [...always, "info said"]);
  assert.deepEqual(said("debug"), [...always, "info said", "debug said"]);
});

Deno.test("a log at a terminal marks faults, and dims details", () => {
  assert.deepEqual(said("info", true).slice(2), ["notice said", "info said"]);
  assert.deepEqual(said("debug", true), [
    "\x1b[31m✗\x1b[39m error said",
    "\x1b[33m!\x1b[39m warn said",
    "notice said",
    "\x1b[2minfo said\x1b[22m",
    "\x1b[2mdebug said\x1b[22m",
  ]);
});

Deno.test("a log at a terminal writes its lines where it is told", () => {
  const sink = recordedSink();
  const lines: string[] = [];
  const log = createTerminalLog({ sink, line: (text) => void lines.push(text), level: "debug" });
  for (const name of levels) log[name](name);
  assert.deepEqual([lines.length, sink.text()], [5, ""]);
});
