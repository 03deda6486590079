import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ReleaseParts } from "./release_parts.ts";

/** A commit to another repository. */
export interface BranchCommit {
  /** The repository to start from. */
  from: string;
  /** The repository to push to; the same unless told otherwise. */
  to?: string;
  /**
   * The branch to push, in place of one that an earlier attempt left behind; the default branch
   * unless told otherwise.
   */
  branch?: string;
  /** The commit's message. */
  message: string;
  /** The files to write, by path. */
  files: Readonly<Record<string, string>>;
}

/**
 * Commits files to a repository and pushes them.
 *
 * @returns false when the repository holds just these files already
 */
export async function pushFiles(
  commit: BranchCommit,
  parts: Pick<ReleaseParts, "run">,
): Promise<boolean> {
  const directory = await Deno.makeTempDir({ prefix: "authful-push-" });
  const git = (...args: string[]) =>
    parts.run(["git", ...args], { cwd: directory, env: { GIT_TERMINAL_PROMPT: "0" } });
  try {
    // Some of these repositories hold hundreds of thousands of files; none but ours is needed.
    await git("clone", "--quiet", "--depth=1", "--filter=blob:none", "--sparse", commit.from, ".");
    await git("sparse-checkout", "set", "--skip-checks", ...Object.keys(commit.files).map(dirname));
    const branch = commit.branch ?? (await git("branch", "--show-current")).trim();
    if (commit.branch) await git("switch", "--quiet", "--create", branch);
    for (const [path, text] of Object.entries(commit.files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await Deno.writeTextFile(join(directory, path), text);
    }
    await git("add", "--sparse", "--", ...Object.keys(commit.files));
    if ((await git("status", "--porcelain")).trim() === "") return false;
    await git(
      "-c",
      "user.name=authful release",
      "-c",
      "user.email=release@users.noreply.github.com",
      "commit",
      "--quiet",
      `--message=${commit.message}`,
    );
    const force = commit.branch ? ["--force"] : [];
    await git("push", "--quiet", ...force, commit.to ?? "origin", `HEAD:refs/heads/${branch}`);
    return true;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
