import { type Log, logText } from "../../base/log.ts";
import type { Sink } from "./terminal.ts";

/** What {@linkcode createTerminalLog} goes by. */
export interface TerminalLogOptions {
  /** Where it is said. */
  sink: Sink;
  /** Writes one line; the sink's own way unless a spinner is in the way. */
  line?: (text: string) => void;
  /** How much is said; errors, warnings and notices always are. */
  level: "warn" | "info" | "debug";
}

/**
 * A log for a person at a terminal: what they need without date and level, details only on request.
 */
export function createTerminalLog({ sink, line = sink.line, level }: TerminalLogOptions): Log {
  const plain = (message: string) => line(logText(message));
  const detail = (message: string) => line(sink.paint.dim(logText(message)));
  const nothing = () => {};
  return {
    error: (message) => line(`${sink.paint.failure} ${logText(message)}`),
    warn: (message) => line(`${sink.paint.warning} ${logText(message)}`),
    notice: plain,
    info: level === "warn" ? nothing : level === "info" ? plain : detail,
    debug: level === "debug" ? detail : nothing,
  };
}
