import { deepStrictEqual } from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { within } from "../support/within.ts";
import { createLog, limitRepeats, type LogLevel } from "../../src/base/log.ts";

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

Deno.test("lines for programs are objects, with the word of the error that the message tells of", () => {
  const lines: string[] = [];
  const log = createLog({
    level: "info",
    format: "json",
    write: (line) => lines.push(line),
    now: () => 0,
  });
  const error = new ProxyError({
    category: "Network error",
    what: 'no answer from "https://auth.test"',
    fix: "check it",
    reason: "provider_unreachable",
  });
  log.warn(`renewal failed:\n${error.what}; the access token is still good`);
  log.info("something else");
  const time = "1970-01-01T00:00:00.000Z";
  deepStrictEqual(lines.map((line) => JSON.parse(line)), [
    {
      time,
      level: "warn",
      pid: Deno.pid,
      reason: "provider_unreachable",
      message: 'renewal failed: no answer from "https://auth.test"; the access token is still good',
    },
    { time, level: "info", pid: Deno.pid, message: "something else" },
  ]);
  deepStrictEqual(lines.every((line) => line.indexOf("\n") === line.length - 1), true);
});

/** A log that tells what it writes, without the time, and a clock for it. */
function limited(interval = 10_000) {
  const lines: string[] = [];
  const clock = { now: 0 };
  const log = limitRepeats(
    createLog({ level: "debug", write: (line) => lines.push(line.replace(/^.*?\] /, "").trim()) }),
    { interval, now: () => clock.now },
  );
  return { log, lines, clock };
}

Deno.test("what repeats is told once, then how often, at most every 10 s", () => {
  const { log, lines, clock } = limited();
  for (let i = 0; i < 200_000; i++) log.warn("junk");
  log.warn("something else");
  log.info("junk");
  deepStrictEqual(lines, ["[warn] junk", "[warn] something else", "[info] junk"]);
  clock.now = 9_999;
  log.warn("junk");
  deepStrictEqual(lines.length, 3);
  clock.now = 10_000;
  log.warn("junk");
  deepStrictEqual(lines.slice(3), ["[warn] junk (200000 more times)"]);
  clock.now = 20_000;
  log.debug("later");
  deepStrictEqual(lines.slice(4), ["[warn] junk (1 more time)", "[debug] later"]);
  // What was quiet for so long is news again.
  clock.now = 60_000;
  log.warn("junk");
  deepStrictEqual(lines.slice(6), ["[warn] junk"]);
  log.flush();
});

Deno.test("what was counted is told in the end, and a notice each time", () => {
  const { log, lines } = limited();
  for (let i = 0; i < 3; i++) log.warn("junk");
  for (let i = 0; i < 2; i++) log.notice("open this");
  log.flush();
  log.flush();
  deepStrictEqual(lines, [
    "[warn] junk",
    "[info] open this",
    "[info] open this",
    "[warn] junk (2 more times)",
  ]);
});

Deno.test("a count is told although nothing else is logged", async () => {
  const lines: string[] = [];
  const told = Promise.withResolvers<void>();
  const log = limitRepeats(
    createLog({
      level: "info",
      write: (line) => {
        lines.push(line);
        if (lines.length === 2) told.resolve();
      },
    }),
    { interval: 20 },
  );
  for (let i = 0; i < 3; i++) log.warn("junk");
  await within(told.promise, { what: "the count" });
  deepStrictEqual(lines[1].includes("junk (2 more times)"), true);
  log.flush();
});

Deno.test("only so many messages are counted, and none is lost", () => {
  const { log, lines } = limited();
  for (let i = 0; i < 3; i++) log.warn("first");
  for (let i = 0; i < 1000; i++) log.warn(`message ${i}`);
  log.flush();
  deepStrictEqual(lines.length, 1002);
  deepStrictEqual(lines.includes("[warn] first (2 more times)"), true);
});
