import { join } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { filesIn, type ReleaseParts } from "./release_parts.ts";

/** Creates the release page with every download; its text is the changelog's entry. */
export async function publishGithubRelease(parts: ReleaseParts): Promise<void> {
  await parts.run([
    "gh",
    "release",
    "create",
    `v${project.version}`,
    "--verify-tag",
    "--title",
    `${project.title} ${project.version}`,
    "--notes-file",
    join(parts.dist, layout.notes),
    ...(project.version.includes("-") ? ["--prerelease"] : []),
    ...await filesIn(join(parts.dist, layout.downloads)),
  ], { cwd: parts.root });
}
