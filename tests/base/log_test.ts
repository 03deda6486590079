import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import {
  createLog,
  limitRepeats,
  type LogLevel,
  logText,
  writeToStderr,
} from "../../src/base/log.ts";
import { rememberSecret } from "../../src/base/redactor.ts";
import { FakeTime } from "../credentials/fake_time.ts";

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

Deno.test("a message of 16,000 characters stays whole, and of a longer one the beginning", () => {
  const whole = `a${"x".repeat(15_999)}`;
  strictEqual(logText(whole), whole);
  strictEqual(logText(`${whole}y`), `${whole}…`);
  rememberSecret("secret-in-a-message");
  strictEqual(logText("a\nsecret-in-a-message"), "a [redacted]");
});

/** What is written to stderr meanwhile, by a stderr that takes so many bytes at once. */
function writtenToStderr(run: () => void, { atOnce = Infinity }: { atOnce?: number } = {}): string {
  const { writeSync } = Deno.stderr;
  const bytes: number[] = [];
  let calls = 0;
  Deno.stderr.writeSync = (data) => {
    if (++calls > 100) throw new Error("it writes for ever");
    const taken = data.subarray(0, atOnce);
    bytes.push(...taken);
    return taken.length;
  };
  try {
    run();
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

Deno.test("stderr gets all of a text, in as many pieces as it takes, and no secret", () => {
  rememberSecret("secret-for-stderr");
  const write = () => writeToStderr("ä line with secret-for-stderr\n");
  for (const atOnce of [Infinity, 3]) {
    strictEqual(writtenToStderr(write, { atOnce }), "ä line with [redacted]\n");
  }
  strictEqual(writtenToStderr(() => writeToStderr("")), "");
  const { writeSync } = Deno.stderr;
  try {
    Deno.stderr.writeSync = () => {
      throw new Deno.errors.BrokenPipe();
    };
    writeToStderr("nobody reads this");
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
});

Deno.test("a log writes to stderr, with the present", () => {
  const before = Date.now();
  const line = writtenToStderr(() => createLog({ level: "info" }).info("hello"));
  const [, time] = /^(\S+Z) \[authful-mcp-proxy\] \[info\] hello\n$/.exec(line) ?? [];
  strictEqual(Date.parse(time) >= before && Date.parse(time) <= Date.now(), true, line);
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

Deno.test("a count is told although nothing else is logged, every 10 s while there is one", async () => {
  using time = new FakeTime();
  const lines: string[] = [];
  const log = limitRepeats(
    createLog({ level: "info", write: (line) => lines.push(line.replace(/^.*?\] /, "").trim()) }),
  );
  const told = () => lines.splice(0);
  for (let i = 0; i < 3; i++) log.warn("junk");
  deepStrictEqual(told(), ["[warn] junk"]);
  await time.pass(9_999);
  deepStrictEqual(told(), []);
  await time.pass(1);
  deepStrictEqual(told(), ["[warn] junk (2 more times)"]);
  // What was counted once is told by itself again, as long as it goes on.
  log.warn("junk");
  await time.pass(9_999);
  log.info("something else");
  log.info("something else");
  deepStrictEqual(told(), ["[info] something else"]);
  await time.pass(1);
  deepStrictEqual(told(), ["[warn] junk (1 more time)"]);
  // The younger one has its count told 10 s later.
  await time.pass(10_000);
  deepStrictEqual(told(), ["[info] something else (1 more time)"]);
  await time.pass(100_000);
  deepStrictEqual(told(), []);
  log.warn("junk");
  deepStrictEqual(told(), ["[warn] junk"]);
});

Deno.test("what was flushed is forgotten, and nothing is told of it later", async () => {
  using time = new FakeTime();
  const lines: string[] = [];
  const log = limitRepeats(
    createLog({ level: "info", write: (line) => lines.push(line.replace(/^.*?\] /, "").trim()) }),
  );
  for (let i = 0; i < 2; i++) log.warn("junk");
  log.flush();
  log.warn("junk");
  deepStrictEqual(lines.splice(0), ["[warn] junk", "[warn] junk (1 more time)", "[warn] junk"]);
  await time.pass(6_000);
  log.warn("junk");
  // The first alarm is called off: this count has its own 10 s.
  await time.pass(9_999);
  deepStrictEqual(lines, []);
  await time.pass(1);
  deepStrictEqual(lines, ["[warn] junk (1 more time)"]);
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

Deno.test("64 messages are counted, and the oldest makes room for one more", () => {
  const { log, lines } = limited();
  for (let i = 0; i < 64; i++) log.warn(`message ${i}`);
  log.warn("message 0");
  deepStrictEqual(lines.splice(0).length, 64);
  log.warn("message 64");
  deepStrictEqual(lines.splice(0), ["[warn] message 64", "[warn] message 0 (1 more time)"]);
  log.warn("message 1");
  deepStrictEqual(lines, []);
  log.warn("message 0");
  deepStrictEqual(lines.splice(0), ["[warn] message 0", "[warn] message 1 (1 more time)"]);
  log.flush();
  deepStrictEqual(lines, []);
});
