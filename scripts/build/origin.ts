import { run } from "./run.ts";

/** What a build was made from. */
export interface Origin {
  /** The commit's full hash; absent when files differ from it, or outside a repository. */
  commit?: string;
  /** The time that all built files carry, so that the same commit gives the same bytes. */
  date: Date;
}

/** The origin of a build of this working copy. */
export async function originOf(root: string): Promise<Origin> {
  try {
    const changes = await run(["git", "status", "--porcelain"], { cwd: root });
    const [commit, seconds] = (await run(["git", "log", "-1", "--format=%H %ct"], { cwd: root }))
      .trim().split(" ");
    const date = new Date(Number(seconds) * 1000);
    return changes.trim() === "" ? { commit, date } : { date };
  } catch {
    // The first day that a zip archive can name.
    return { date: new Date("1980-01-01T00:00:00Z") };
  }
}
