/** The command line is not understood: exit code 2, one line, a pointer to `--help`. */
export class UsageError extends Error {
  /** Tells this kind of error from others. */
  override readonly name = "UsageError";
}
