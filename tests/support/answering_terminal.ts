import { type RecordedTerminal, recordedTerminal } from "./recorded_terminal.ts";
import { typedInput } from "./typed_input.ts";

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
  const terminal = recordedTerminal({ interactive: answers !== undefined });
  const typed = typedInput(...(answers ?? []).map((answer) => `${answer}\n`));
  return {
    ...terminal,
    get onOut() {
      return terminal.out.text();
    },
    get onErr() {
      return terminal.err.text();
    },
    [Symbol.dispose]: () => typed[Symbol.dispose](),
  };
}
