import { basename, join } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { filesIn, type ReleaseParts } from "./release_parts.ts";

/** The first npm that is let in by OIDC is newer than the one that many machines have. */
const npm = ["npx", "-y", "npm@11.6.2"] as const;

/**
 * Publishes the npm packages, the launcher last: it must never name a package that is not there.
 * What an earlier attempt has published is left alone.
 */
export async function publishNpm(parts: ReleaseParts): Promise<void> {
  const launcher = `${project.name}-${project.version}.tgz`;
  const tarballs = await filesIn(join(parts.dist, layout.npm));
  if (!tarballs.some((path) => basename(path) === launcher)) {
    throw new Error(`Cannot publish: ${launcher} is not in ${layout.npm}`);
  }
  tarballs.sort((a, b) => Number(basename(a) === launcher) - Number(basename(b) === launcher));
  for (const tarball of tarballs) {
    const { id } = await describe(tarball, parts);
    if (await isPublished(id, parts)) {
      console.log(`${id} is published already`);
    } else {
      await parts.run([...npm, "publish", "--provenance", "--access", "public", tarball]);
      console.log(`${id} is published`);
    }
  }
}

async function describe(tarball: string, parts: ReleaseParts): Promise<{ id: string }> {
  const manifest = await parts.run(["tar", "-xzOf", tarball, "package/package.json"]);
  const { name, version } = JSON.parse(manifest);
  return { id: `${name}@${version}` };
}

async function isPublished(id: string, parts: ReleaseParts): Promise<boolean> {
  try {
    return (await parts.run(["npm", "view", id, "version"])).trim() !== "";
  } catch (error) {
    if (error instanceof Error && /E404/.test(error.message)) return false;
    throw error;
  }
}
