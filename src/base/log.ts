import { oneLine, reasonIn } from "./errors.ts";
import { redact } from "./redactor.ts";
import { startTimer, type Timer } from "./timer.ts";
import { programName } from "./version.ts";

/** How grave a log line is, gravest first. */
export const logLevels = ["error", "warn", "info", "debug"] as const;

/** One of {@linkcode logLevels}. */
export type LogLevel = typeof logLevels[number];

/** How log lines are written: for people, or one JSON object each for programs. */
export const logFormats = ["text", "json"] as const;

/** One of {@linkcode logFormats}. */
export type LogFormat = typeof logFormats[number];

/**
 * Where the program says what it does. One line a call, on stderr, never a secret.
 *
 * `notice` is for what a person must see whatever the level is: the URL to open, the code to type.
 */
export interface Log {
  /** Something failed. */
  error(message: string): void;
  /** Something is wrong, and the program goes on. */
  warn(message: string): void;
  /** What a person may want to know. */
  info(message: string): void;
  /** What helps to find a fault. */
  debug(message: string): void;
  /** What a person must see, at any level. */
  notice(message: string): void;
}

/** What {@linkcode createLog} needs besides the level. */
export interface LogOptions {
  /** Lines graver than or as grave as this are written. */
  level: LogLevel;
  /** How they are written; as text by default. */
  format?: LogFormat;
  /** Receives each finished line, with its line break; stderr by default. */
  write?: (line: string) => void;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/**
 * A log of lines such as `2026-11-23T09:00:00.000Z [authful-mcp-proxy] [info] message` (UTC), or of
 * what {@linkcode jsonLine} makes.
 *
 * @example
 * ```ts
 * const log = createLog({ level: "info" });
 * log.info("signed in as ada@example.com");
 * ```
 */
export function createLog(options: LogOptions): Log {
  const { level, format, write = writeToStderr, now = Date.now } = options;
  const threshold = logLevels.indexOf(level);
  const line = (name: LogLevel, message: string) =>
    write(
      format === "json"
        ? jsonLine({ level: name, message, reason: reasonIn(message) }, now())
        : `${new Date(now()).toISOString()} [${programName}] [${name}] ${logText(message)}\n`,
    );
  const at = (name: LogLevel) =>
    logLevels.indexOf(name) <= threshold ? (message: string) => line(name, message) : () => {};
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    notice: (message) => line(level === "error" ? "error" : "info", message),
  };
}

/** What a line of the log for programs says. */
export interface LogRecord {
  /** How grave it is. */
  level: LogLevel;
  /** What happened, for people: its words may change with any version. */
  message: string;
  /** The word of the error behind it, when there is one: the same as `data.reason` in its answers. */
  reason?: string;
}

/** One log line for programs: a JSON object with the time, the level, this process and the message. */
export function jsonLine({ level, message, reason }: LogRecord, now: number): string {
  const time = new Date(now).toISOString();
  const record = { time, level, pid: Deno.pid, reason, message: logText(message) };
  return `${JSON.stringify(record)}\n`;
}

/** No line is longer, in UTF-16 code units: a long URL fits, what somebody made too long does not. */
const maxTextLength = 16_000;

/** A message as a log may show it: one line, of bounded length, without our secrets. */
export function logText(message: string): string {
  const line = oneLine(redact(message));
  return line.length > maxTextLength ? `${line.slice(0, maxTextLength)}…` : line;
}

/** A log that does not repeat itself. */
export interface LimitedLog extends Log {
  /** Says what was counted and not told yet. */
  flush(): void;
}

/** What {@linkcode limitRepeats} may be told. */
export interface LimitRepeatsOptions {
  /** How long a message is counted before the count is told, in milliseconds; 10 s by default. */
  interval?: number;
  /** The present, in milliseconds; a monotonic clock. */
  now?: () => number;
}

/** So many different messages are counted at the same time. */
const maxCounted = 64;

/**
 * A log that tells a message once, and when it comes again how often, at most every 10 s: whoever
 * causes it may cause it millions of times. Notices are always told.
 *
 * @example
 * ```ts
 * const log = limitRepeats(createLog({ level: "info" }));
 * for (let i = 0; i < 1000; i++) log.warn("not a message"); // one line
 * log.flush(); // not a message (999 more times)
 * ```
 */
export function limitRepeats(log: Log, options: LimitRepeatsOptions = {}): LimitedLog {
  const { interval = 10_000, now = () => performance.now() } = options;
  /** What was told, oldest first. */
  const counted = new Map<string, { level: LogLevel; message: string; at: number; more: number }>();
  let timer: Timer | undefined;

  function tell(level: LogLevel, message: string) {
    tellDue(interval);
    const key = `${level} ${message}`;
    const before = counted.get(key);
    if (before) {
      before.more++;
      timer ??= startTimer(wake, interval);
      return;
    }
    log[level](message);
    counted.set(key, { level, message, at: now(), more: 0 });
    if (counted.size > maxCounted) tellCount(counted.keys().next().value as string);
  }

  /** Tells the counts of all that was told so long ago. */
  function tellDue(age: number) {
    const time = now();
    for (const [key, { level, message, at, more }] of [...counted]) {
      if (time - at < age) return;
      tellCount(key);
      if (more > 0) counted.set(key, { level, message, at: time, more: 0 });
    }
  }

  function tellCount(key: string) {
    const one = counted.get(key);
    counted.delete(key);
    if (!one || one.more === 0) return;
    log[one.level](`${one.message} (${one.more} more ${one.more === 1 ? "time" : "times"})`);
  }

  function wake() {
    timer = undefined;
    tellDue(interval);
    if ([...counted.values()].some(({ more }) => more > 0)) timer = startTimer(wake, interval);
  }

  return {
    error: (message) => tell("error", message),
    warn: (message) => tell("warn", message),
    info: (message) => tell("info", message),
    debug: (message) => tell("debug", message),
    notice: (message) => log.notice(message),
    flush() {
      timer?.stop();
      timer = undefined;
      tellDue(-Infinity);
      counted.clear();
    },
  };
}

const encoder = new TextEncoder();

/** Writes text to stderr at once, without our secrets; a closed stderr is no reason to end. */
export function writeToStderr(text: string): void {
  let bytes = encoder.encode(redact(text));
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
  } catch {
    // Whoever closed stderr does not want to read this.
  }
}
