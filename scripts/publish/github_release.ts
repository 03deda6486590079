import { basename, join } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { filesIn, type ReleaseParts, secret } from "./release_parts.ts";

/**
 * Creates the release page with every download; its text is the changelog's entry. Of a page that
 * an earlier attempt left behind only what is missing is added: what is there may be in use.
 */
export async function publishGithubRelease(parts: ReleaseParts): Promise<void> {
  secret(parts, "GH_TOKEN");
  const tag = `v${project.version}`;
  const gh = (...args: string[]) => parts.run(["gh", "release", ...args], { cwd: parts.root });
  const downloads = await filesIn(join(parts.dist, layout.downloads));
  const page = await existingPage(tag, gh);
  if (!page) {
    await gh(
      "create",
      tag,
      "--verify-tag",
      "--title",
      `${project.title} ${project.version}`,
      "--notes-file",
      join(parts.dist, layout.notes),
      ...(project.version.includes("-") ? ["--prerelease"] : []),
      ...downloads,
    );
    return;
  }
  const there = new Set(page.assets.map(({ name }) => name));
  const missing = downloads.filter((path) => !there.has(basename(path)));
  if (missing.length > 0) await gh("upload", tag, ...missing);
  if (page.isDraft) await gh("edit", tag, "--draft=false");
  console.log(`The release page was there; ${missing.length} downloads were added.`);
}

interface Page {
  isDraft: boolean;
  assets: { name: string }[];
}

async function existingPage(
  tag: string,
  gh: (...args: string[]) => Promise<string>,
): Promise<Page | undefined> {
  try {
    return JSON.parse(await gh("view", tag, "--json=isDraft,assets"));
  } catch (error) {
    if (error instanceof Error && /release not found/.test(error.message)) return undefined;
    throw error;
  }
}
