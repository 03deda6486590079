import { basename } from "node:path";

/** What {@linkcode run} may be told. */
export interface RunOptions {
  /** Where the program runs. */
  cwd?: string;
  /** Variables on top of this process's own; with `clearEnv` the only ones. */
  env?: Record<string, string>;
  /** Start from an empty environment. */
  clearEnv?: boolean;
  /** What the program reads from stdin; nothing unless given. */
  input?: string;
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
  const { input, ...place } = options;
  const child = new Deno.Command(program, {
    ...place,
    args,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const fed = input === undefined ? undefined : feed(child.stdin, input);
  const [output] = await Promise.all([child.output(), fed]);
  const decoder = new TextDecoder();
  const stdout = decoder.decode(output.stdout);
  if (output.success) return stdout;
  const said = `${stdout}${decoder.decode(output.stderr)}`.trim();
  const ended = output.signal ?? `exit code ${output.code}`;
  throw new Error(`Cannot run ${basename(program)} ${args[0] ?? ""}: ${ended}\n${said}`);
}

async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
}
