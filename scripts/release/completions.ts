import { run } from "../build/run.ts";
import { project } from "../package/project.ts";

/** The file that each shell looks for. */
const files = {
  bash: `${project.name}.bash`,
  zsh: `_${project.name}`,
  fish: `${project.name}.fish`,
  powershell: `${project.name}.ps1`,
} as const;

/** The shell completions of the program, by file name. */
export async function shellCompletions(root: string): Promise<Record<string, string>> {
  const completions: Record<string, string> = {};
  for (const [shell, file] of Object.entries(files)) {
    completions[file] = await run(
      [
        Deno.execPath(),
        "run",
        "--quiet",
        "--allow-env",
        "--allow-read",
        "main.ts",
        "completions",
        shell,
      ],
      { cwd: root },
    );
  }
  return completions;
}
