import { join } from "node:path";
import { type ChangelogEntry, changelogEntry, parseChangelog } from "../package/changelog.ts";
import { project } from "../package/project.ts";

/** What {@linkcode checkVersions} compares. */
export interface VersionSources {
  /** The version in `deno.json`. */
  denoJson: string;
  /** The text of `CHANGELOG.md`. */
  changelog: string;
  /** The tag that the release was started by, as `v1.2.3`; absent in a dry run. */
  tag?: string;
}

/**
 * Compares all places that name the version, and returns what changed in it.
 *
 * @throws {Error} when they differ, or the changelog does not describe the version
 */
export function checkVersions(sources: VersionSources): ChangelogEntry {
  const { denoJson, changelog, tag } = sources;
  const { version } = project;
  if (denoJson !== version) {
    throw new Error(
      `Cannot release: deno.json has ${denoJson}, src/base/version.ts has ${version}; ` +
        "both must have the version to release",
    );
  }
  if (tag !== undefined) {
    if (tag !== `v${version}`) {
      throw new Error(
        `Cannot release: the tag is ${tag}, the version is ${version}; ` +
          `delete the tag, and raise the version in deno.json and src/base/version.ts or tag v${version}`,
      );
    }
    return changelogEntry(changelog, version);
  }
  const entry = parseChangelog(changelog)
    .find((each) => each.version === version || each.version === "Unreleased");
  if (!entry) throw new Error(`Cannot release ${version}: CHANGELOG.md has no entry for it`);
  return entry;
}

/** Reads the version's places in a working copy. */
export async function readVersionSources(root: string): Promise<VersionSources> {
  const [denoJson, changelog] = await Promise.all(
    ["deno.json", "CHANGELOG.md"].map((file) => Deno.readTextFile(join(root, file))),
  );
  return { denoJson: JSON.parse(denoJson!).version, changelog: changelog! };
}
