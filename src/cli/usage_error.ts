/** The command line is not understood: exit code 2, one line, a pointer to `--help`. */
export class UsageError extends Error {
  /** Tells this kind of error from others. */
  override readonly name = "UsageError";
  /** The command whose help has what is needed; absent for the program's own. */
  readonly command: string | undefined;

  /** What is wrong, without a full stop, and where to read on. */
  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}
