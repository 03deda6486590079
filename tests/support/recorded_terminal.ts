import { createPaint } from "../../src/cli/terminal/paint.ts";
import type { Sink, Terminal } from "../../src/cli/terminal/terminal.ts";

/** A terminal that keeps what is said, and gives a person's answers. */
export interface RecordedTerminal extends Terminal, Disposable {
  /** What was said on stdout. */
  readonly onOut: string;
  /** What was said on stderr. */
  readonly onErr: string;
  /** The answers that nobody has asked for so far. */
  readonly left: readonly string[];
}

/**
 * Makes a {@linkcode RecordedTerminal} without colours. With answers a person sits at it, who gives them
 * one after the other, and ends the input then.
 */
export function createRecordedTerminal(answers?: readonly string[]): RecordedTerminal {
  const said = { out: "", err: "" };
  const left = [...answers ?? []];
  const sink = (name: "out" | "err"): Sink => ({
    write: (text) => void (said[name] += text),
    line: (text = "") => void (said[name] += `${text}\n`),
    paint: createPaint({ isTerminal: false, env: () => undefined }),
    isTerminal: false,
    canRewrite: false,
    width: 80,
  });
  const { read } = Deno.stdin;
  Deno.stdin.read = (bytes) => {
    const answer = left.shift();
    if (answer === undefined) return Promise.resolve(null);
    return Promise.resolve(new TextEncoder().encodeInto(`${answer}\n`, bytes).written);
  };
  return {
    out: sink("out"),
    err: sink("err"),
    interactive: answers !== undefined,
    get onOut() {
      return said.out;
    },
    get onErr() {
      return said.err;
    },
    left,
    [Symbol.dispose]: () => void (Deno.stdin.read = read),
  };
}
