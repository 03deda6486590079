import { join, relative } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { pushFiles } from "./git_branch.ts";
import type { ReleaseParts } from "./release_parts.ts";

/** The repositories that a winget pull request is between. */
export interface WingetRepositories {
  /** Where winget's manifests are kept. */
  upstream: string;
  /** Our fork of it. */
  fork: string;
}

const repositories: WingetRepositories = {
  upstream: "https://github.com/microsoft/winget-pkgs",
  fork: "https://github.com/authful/winget-pkgs",
};

/** Opens the pull request that adds this release to winget. */
export async function publishWinget(
  parts: ReleaseParts,
  { upstream, fork }: WingetRepositories = repositories,
): Promise<void> {
  await parts.run(["gh", "auth", "setup-git"]);
  const directory = join(parts.dist, layout.winget);
  const files: Record<string, string> = {};
  for (const path of await allFiles(directory)) {
    files[relative(directory, path).replaceAll("\\", "/")] = await Deno.readTextFile(path);
  }
  const title = `New version: ${project.wingetIdentifier} version ${project.version}`;
  const branch = `${project.name}-${project.version}`;
  const [source, target] = [upstream, fork].map((url) => new URL(url).pathname.slice(1));
  // A fork that is behind would be sent the history of all that it lacks.
  await parts.run(["gh", "repo", "sync", target!, "--source", source!]);
  const pushed = await pushFiles(
    { from: upstream, to: fork, branch, message: title, files },
    parts,
  );
  if (!pushed) {
    console.log("winget has these manifests already.");
    return;
  }
  await parts.run([
    "gh",
    "pr",
    "create",
    "--repo",
    source!,
    "--head",
    `${target!.split("/")[0]}:${branch}`,
    "--title",
    title,
    "--body",
    `Release notes: ${project.repository}/releases/tag/v${project.version}`,
  ]);
}

async function allFiles(directory: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) paths.push(...await allFiles(path));
    else paths.push(path);
  }
  return paths;
}
