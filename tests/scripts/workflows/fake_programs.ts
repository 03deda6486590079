import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../scripts/build/run.ts";

/** One start of a fake program. */
export interface FakeStart {
  /** Its name and arguments. */
  command: string[];
  /** Its `GH_TOKEN`. */
  token: string;
}

/** Programs that stand in for those that speak to services, in a directory for PATH. */
export interface FakePrograms {
  /** The directory. */
  directory: string;
  /** Every start so far. */
  started(): Promise<FakeStart[]>;
}

/**
 * Makes programs that write down how they were started.
 *
 * @param answers a shell script for each program, that runs after that; its arguments are the
 *   program's, and `$STATE` is a directory that all of them share
 */
export async function fakePrograms(
  parent: string,
  answers: Readonly<Record<string, string>>,
): Promise<FakePrograms> {
  const [directory, state] = [join(parent, "bin"), join(parent, "state")];
  const log = join(state, "log");
  await mkdir(directory, { recursive: true });
  await mkdir(state, { recursive: true });
  await Deno.writeTextFile(log, "");
  for (const [name, answer] of Object.entries(answers)) {
    const real = await run(["sh", "-c", `command -v ${name} || true`]);
    const script = `#!/bin/sh
STATE='${state}' REAL='${real.trim()}'
{ printf '%s\\t%s' "$GH_TOKEN" '${name}'; for word; do printf '\\t%s' "$word"; done; echo; } >> '${log}'
${answer}
`;
    await Deno.writeTextFile(join(directory, name), script, { mode: 0o755 });
  }
  return {
    directory,
    async started() {
      const lines = (await Deno.readTextFile(log)).split("\n").filter((line) => line !== "");
      return lines.map((line) => {
        const [token, ...command] = line.split("\t");
        return { command, token: token! };
      });
    },
  };
}
