import { basename } from "node:path";

/** What {@linkcode run} may be told. */
export interface RunOptions {
  /** Where the program runs. */
  cwd?: string;
  /** Variables on top of this process's own; with `clearEnv` the only ones. */
  env?: Record<string, string>;
  /** Start from an empty environment. */
  clearEnv?: boolean;
}

/**
 * Runs a program to its end and returns what it wrote to stdout.
 *
 * @throws {Error} with everything that it wrote when it does not end with 0
 */
export async function run(
  [program, ...args]: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<string> {
  const output = await new Deno.Command(program, {
    ...options,
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const stdout = decoder.decode(output.stdout);
  if (output.success) return stdout;
  const said = `${stdout}${decoder.decode(output.stderr)}`.trim();
  const ended = output.signal ?? `exit code ${output.code}`;
  throw new Error(`Cannot run ${basename(program)} ${args[0] ?? ""}: ${ended}\n${said}`);
}
