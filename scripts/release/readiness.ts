import type { Origin } from "../build/origin.ts";
import { changelogEntry } from "../package/changelog.ts";
import { project } from "../package/project.ts";

/** What {@linkcode missingForTag} looks at. */
export interface Readiness {
  /** The text of `CHANGELOG.md`. */
  changelog: string;
  /** What the working copy is. */
  origin: Origin;
  /** The repository's tags. */
  tags: readonly string[];
}

/** What a maintainer must still do before this version can be tagged, a sentence each. */
export function missingForTag({ changelog, origin, tags }: Readiness): string[] {
  const { version } = project;
  const missing: string[] = [];
  if (tags.includes(`v${version}`)) {
    missing.push(
      `The tag v${version} is there already; raise the version in deno.json and src/base/version.ts.`,
    );
  }
  try {
    changelogEntry(changelog, version);
  } catch (error) {
    missing.push(`${(error as Error).message}.`);
  }
  if (!origin.commit) missing.push("Files differ from the last commit; commit them.");
  return missing;
}
