import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BuildInfo } from "../../src/base/build_info.ts";

/** The files that make the program; nothing else can end up in an executable. */
const programFiles = ["main.ts", "src", "deno.json", "deno.lock"];

/**
 * Copies the program's source into a new directory and writes down there what the build is.
 * Building from a copy keeps the place of the working copy out of what is built.
 */
export async function copySource(
  root: string,
  options: { to: string; buildInfo: BuildInfo },
): Promise<void> {
  await mkdir(options.to, { recursive: true });
  for (const file of programFiles) {
    await cp(join(root, file), join(options.to, file), { recursive: true });
  }
  const path = join(options.to, "src", "base", "build_info.ts");
  await Deno.writeTextFile(
    path,
    withBuildInfo(await Deno.readTextFile(path), options.buildInfo),
  );
}

/** The text of `src/base/build_info.ts` with another build in it. */
export function withBuildInfo(moduleText: string, buildInfo: BuildInfo): string {
  const declaration = /^export const buildInfo: BuildInfo = .*;$/m;
  if (!declaration.test(moduleText)) {
    throw new Error("Cannot embed the commit: src/base/build_info.ts has no one-line buildInfo");
  }
  return moduleText.replace(
    declaration,
    () => `export const buildInfo: BuildInfo = ${JSON.stringify(buildInfo)};`,
  );
}
