import { join, relative } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { pushFiles } from "./git_branch.ts";
import { type ReleaseParts, secret } from "./release_parts.ts";

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
  secret(parts, "GH_TOKEN");
  await parts.run(["gh", "auth", "setup-git"]);
  const directory = join(parts.dist, layout.winget);
  const files: Record<string, string> = {};
  for (const path of await allFiles(directory)) {
    files[relative(directory, path).replaceAll("\\", "/")] = await Deno.readTextFile(path);
  }
  const title = `New version: ${project.wingetIdentifier} version ${project.version}`;
  const branch = `${project.name}-${project.version}`;
  const [source, target] = [upstream, fork].map((url) => new URL(url).pathname.slice(1)) as [
    string,
    string,
  ];
  const owner = target.split("/")[0]!;
  const open = await openPullRequest({ source, owner, branch }, parts);
  if (open) {
    console.log(`The pull request is open already: ${open}`);
    return;
  }
  // A fork that is behind would be sent the history of all that it lacks.
  await parts.run(["gh", "repo", "sync", target, "--source", source]);
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
    source,
    "--head",
    `${owner}:${branch}`,
    "--title",
    title,
    "--body",
    `Release notes: ${project.repository}/releases/tag/v${project.version}`,
  ]);
}

/** The address of the pull request that an earlier attempt opened. */
async function openPullRequest(
  { source, owner, branch }: { source: string; owner: string; branch: string },
  parts: ReleaseParts,
): Promise<string | undefined> {
  const json = await parts.run([
    ...["gh", "pr", "list", "--repo", source] as const,
    // It takes no owner: a branch of this name may be in anybody's fork.
    ...["--head", branch, "--json=url,headRepositoryOwner"],
  ]);
  const found = JSON.parse(json) as { url: string; headRepositoryOwner: { login: string } }[];
  return found.find(({ headRepositoryOwner }) => headRepositoryOwner.login === owner)?.url;
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
