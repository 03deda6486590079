import { createLog, type Log } from "../../src/base/log.ts";

/** A log that keeps its lines, each as `[info] message`. */
export interface RecordedLog {
  /** The log. */
  log: Log;
  /** What was written. */
  lines: string[];
}

/** Makes a log whose lines a test reads; what helps to find a fault is left out, as it is no promise. */
export function recordLog(): RecordedLog {
  const lines: string[] = [];
  const log = createLog({
    level: "info",
    write: (line) => lines.push(line.slice(line.indexOf("] ") + 2).trimEnd()),
  });
  return { log, lines };
}
