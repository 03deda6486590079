import { oneLine } from "./errors.ts";
import { programName } from "./version.ts";

/** How grave a log line is, gravest first. */
export const logLevels = ["error", "warn", "info", "debug"] as const;

/** One of {@linkcode logLevels}. */
export type LogLevel = typeof logLevels[number];

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
  /** Receives each finished line, with its line break; stderr by default. */
  write?: (line: string) => void;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/**
 * A log of lines such as `2026-11-23T09:00:00.000Z [authful-mcp-proxy] [info] message` (UTC).
 *
 * @example
 * ```ts
 * const log = createLog({ level: "info" });
 * log.info("signed in as ada@example.com");
 * ```
 */
export function createLog(options: LogOptions): Log {
  const { level, write = writeToStderr, now = Date.now } = options;
  const threshold = logLevels.indexOf(level);
  const line = (name: LogLevel, message: string) =>
    write(`${new Date(now()).toISOString()} [${programName}] [${name}] ${oneLine(message)}\n`);
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

const encoder = new TextEncoder();

/** Writes text to stderr at once; a closed stderr is no reason to end. */
export function writeToStderr(text: string): void {
  let bytes = encoder.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
  } catch {
    // Whoever closed stderr does not want to read this.
  }
}
