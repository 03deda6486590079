import { writeToStderr } from "../../base/log.ts";
import { createPaint, type Paint } from "./paint.ts";
import { wrapText } from "./wrap_text.ts";

/** Where a command talks: results on stdout, everything else on stderr. */
export interface Terminal {
  /** What other programs read: stdout. */
  readonly out: Sink;
  /** What is said to the person: stderr. */
  readonly err: Sink;
  /** Whether a person can be asked: stdin and stderr are a terminal. */
  readonly interactive: boolean;
}

/** One stream of a {@linkcode Terminal}. */
export interface Sink {
  /** Writes text as it is. */
  write(text: string): void;
  /** Writes lines, broken between words where they do not fit a terminal. */
  line(text?: string): void;
  /** Colours for this stream. */
  readonly paint: Paint;
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** Whether lines on it can be written over. */
  readonly canRewrite: boolean;
  /** How many columns it has. */
  readonly width: number;
}

/** The streams of this process. */
export function openTerminal(env: (name: string) => string | undefined): Terminal {
  const err = sink(writeToStderr, Deno.stderr.isTerminal(), env);
  return {
    out: sink(writeToStdout, Deno.stdout.isTerminal(), env),
    err,
    interactive: Deno.stdin.isTerminal() && err.isTerminal,
  };
}

function sink(
  write: (text: string) => void,
  isTerminal: boolean,
  env: (name: string) => string | undefined,
): Sink {
  const paint = createPaint({ isTerminal, env });
  const width = widthOf(isTerminal, env);
  return {
    write,
    line: (text = "") => write(`${isTerminal ? wrapText(text, width) : text}\n`),
    paint,
    isTerminal,
    canRewrite: isTerminal && env("TERM") !== "dumb",
    width,
  };
}

function widthOf(isTerminal: boolean, env: (name: string) => string | undefined): number {
  const given = Number(env("COLUMNS"));
  if (Number.isInteger(given) && given > 0) return given;
  if (!isTerminal) return 80;
  try {
    // Zero columns is what a terminal reports that does not know.
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

const encoder = new TextEncoder();

function writeToStdout(text: string): void {
  let bytes = encoder.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  } catch (error) {
    // `… | head` has read enough.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
