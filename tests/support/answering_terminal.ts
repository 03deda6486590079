import { type RecordedTerminal, recordedTerminal } from "./recorded_terminal.ts";

/** A terminal in memory at which a person sits, or nobody. */
export interface AnsweringTerminal extends RecordedTerminal, Disposable {
  /** What was said on stdout. */
  readonly onOut: string;
  /** What was said on stderr. */
  readonly onErr: string;
}

/**
 * A terminal in memory. With answers a person sits at it, who gives them one after the other, and ends
 * the input then.
 */
export function answeringTerminal(answers?: readonly string[]): AnsweringTerminal {
  const left = [...answers ?? []];
  const terminal = recordedTerminal({ interactive: answers !== undefined });
  const { read } = Deno.stdin;
  Deno.stdin.read = (bytes) => {
    const answer = left.shift();
    if (answer === undefined) return Promise.resolve(null);
    return Promise.resolve(new TextEncoder().encodeInto(`${answer}\n`, bytes).written);
  };
  return {
    ...terminal,
    get onOut() {
      return terminal.out.text();
    },
    get onErr() {
      return terminal.err.text();
    },
    [Symbol.dispose]: () => void (Deno.stdin.read = read),
  };
}
