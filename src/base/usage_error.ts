import { errorText } from "./errors.ts";
import { programName } from "./version.ts";

/** What a {@linkcode UsageError} is made of. */
export interface UsageErrorDetails {
  /** What is wrong with the command line, without a full stop. */
  what: string;
  /** What to do besides reading the help, an imperative without a full stop. */
  fix?: string;
  /** The command whose help has what is needed; absent for the program's own. */
  command?: string;
}

/** The command line is not understood: exit code 2, one line, a pointer to `--help`. */
export class UsageError extends Error {
  /** Tells this kind of error from others. */
  override readonly name = "UsageError";
  /** What is wrong with the command line. */
  readonly what: string;
  /** What to do, the help included. */
  readonly fix: string;

  /** Makes the one line out of the details. */
  constructor({ what, fix, command }: UsageErrorDetails) {
    const help = `see ${command ? `${programName} ${command}` : programName} --help`;
    const cure = fix === undefined ? help : `${fix}, or ${help}`;
    super(errorText({ category: "Usage error", what, fix: cure }));
    this.what = what;
    this.fix = cure;
  }
}
