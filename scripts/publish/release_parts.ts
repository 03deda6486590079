import type { run } from "../build/run.ts";

/** What every way of publishing is given. */
export interface ReleaseParts {
  /** The working copy that is at the release's tag. */
  root: string;
  /** The directory that `deno task release` has written. */
  dist: string;
  /** Runs a program; tests write down what would have run. */
  run: typeof run;
  /** Looks an environment variable up. */
  getEnv: (name: string) => string | undefined;
}

/** The paths of the files in a directory of the release, sorted. */
export async function filesIn(directory: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (entry.isFile) paths.push(`${directory}/${entry.name}`);
  }
  return paths.sort();
}

/**
 * A variable that publishing cannot do without.
 *
 * @throws {Error} when it is not set
 */
export function secret(parts: ReleaseParts, name: string): string {
  const value = parts.getEnv(name);
  if (!value) throw new Error(`Cannot publish: the secret ${name} is not set`);
  return value;
}
