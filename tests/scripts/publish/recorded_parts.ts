import { run, type RunOptions } from "../../../scripts/build/run.ts";
import type { ReleaseParts } from "../../../scripts/publish/release_parts.ts";

/** Release parts that write down what services would have been asked. */
export interface RecordedParts extends ReleaseParts {
  /** Every command that was not run, with what it would have read. */
  readonly recorded: { command: readonly string[]; input?: string }[];
}

/** Programs that work on this machine alone, and are run for real. */
const local = ["git", "tar"];

/** Makes {@linkcode RecordedParts}; the answers say what a recorded command prints, or throw. */
export function recordedParts(
  dist: string,
  answer: (command: readonly string[]) => string = () => "",
): RecordedParts {
  const recorded: RecordedParts["recorded"] = [];
  return {
    root: dist,
    dist,
    recorded,
    getEnv: (name) => ({ GITHUB_ACTOR: "releaser", GH_TOKEN: "a-token" }[name]),
    run: async (command: readonly [string, ...string[]], options: RunOptions = {}) => {
      if (local.includes(command[0])) return await run(command, options);
      recorded.push({ command, ...(options.input && { input: options.input }) });
      return answer(command);
    },
  };
}
