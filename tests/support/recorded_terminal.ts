import { createPaint } from "../../src/cli/terminal/paint.ts";
import type { Sink, Terminal } from "../../src/cli/terminal/terminal.ts";

/** A {@linkcode Sink} that keeps what is written. */
export interface RecordedSink extends Sink {
  /** All that was written so far. */
  readonly text: () => string;
  /** What was written since this was last asked, by lines. */
  readonly lines: () => string[];
}

/** What {@linkcode recordedSink} is like. */
export interface RecordedSinkOptions {
  /** Whether it is a terminal; it is none unless told otherwise. */
  isTerminal?: boolean;
  /** Whether it has colours. */
  coloured?: boolean;
  /** How many columns it has. */
  width?: number;
}

/** A stream of a terminal in memory. Lines are not wrapped. */
export function recordedSink(
  { isTerminal = false, coloured = false, width = 400 }: RecordedSinkOptions = {},
): RecordedSink {
  let text = "";
  let seen = 0;
  return {
    write: (more) => void (text += more),
    line: (more = "") => void (text += `${more}\n`),
    paint: createPaint({
      isTerminal,
      env: (name) => name === "FORCE_COLOR" && coloured ? "1" : undefined,
    }),
    isTerminal,
    canRewrite: isTerminal,
    width,
    text: () => text,
    lines() {
      const fresh = text.slice(seen);
      seen = text.length;
      return fresh === "" ? [] : fresh.replace(/\n$/, "").split("\n");
    },
  };
}

/** A {@linkcode Terminal} that keeps what a command says. */
export interface RecordedTerminal extends Terminal {
  readonly out: RecordedSink;
  readonly err: RecordedSink;
}

/** A terminal in memory; nobody sits at it unless told otherwise. */
export function recordedTerminal(
  { interactive = false, out = {}, err = {} }: {
    interactive?: boolean;
    out?: RecordedSinkOptions;
    err?: RecordedSinkOptions;
  } = {},
): RecordedTerminal {
  return { out: recordedSink(out), err: recordedSink(err), interactive };
}
