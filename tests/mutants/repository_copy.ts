import { dirname, join } from "node:path";
import { repository } from "../support/paths.ts";

/** A copy of the working tree to change files in: the tree that people work in is never touched. */
export interface RepositoryCopy extends AsyncDisposable {
  /** Its root. */
  root: string;
  /** Ends what still runs in it: the program that a test was about to end, for example. */
  endProcesses(): void;
}

/** Copies all files that git knows of, as they are in the working tree. */
export async function copyRepository(): Promise<RepositoryCopy> {
  const root = await Deno.makeTempDir({ prefix: "mutants-" });
  // Some tests run the program as another user.
  await Deno.chmod(root, 0o755);
  const made = new Set<string>();
  for (const file of await trackedFiles()) {
    const to = join(root, file);
    if (!made.has(dirname(to))) await Deno.mkdir(dirname(to), { recursive: true });
    made.add(dirname(to));
    await Deno.copyFile(join(repository, file), to);
  }
  // Some tests ask git which files there are.
  await git(root, "init", "--quiet");
  await git(root, "add", "--all");
  const endProcesses = () => endProcessesNaming(root);
  return {
    root,
    endProcesses,
    async [Symbol.asyncDispose]() {
      endProcesses();
      await Deno.remove(root, { recursive: true }).catch(() => {});
    },
  };
}

/** The files of the working tree that git knows of and that are there, from the root. */
export async function trackedFiles(...patterns: string[]): Promise<string[]> {
  const listed = await git(repository, "ls-files", "-z", ...patterns);
  const files = listed.split("\0").filter(Boolean);
  const there = await Promise.all(
    files.map((file) =>
      Deno.lstat(join(repository, file)).then((info) => info.isFile, () => false)
    ),
  );
  return files.filter((_, index) => there[index]);
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", { args, cwd }).output();
  if (!success) throw new Error(`git ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Ends the processes whose command line names a path of this directory: nobody else's do. */
function endProcessesNaming(directory: string): void {
  if (Deno.build.os !== "linux") return;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    try {
      const commandLine = Deno.readTextFileSync(`/proc/${name}/cmdline`);
      if (commandLine.includes(directory)) Deno.kill(Number(name), "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}
