import { join } from "node:path";

/**
 * The program that signs on Windows. It belongs to the Windows SDK, which does not put itself on
 * PATH, and has a directory for each of its versions.
 *
 * @param kits the directory of those versions
 * @returns the path in the newest version, or the bare name where there is no SDK
 */
export async function findSigntool(
  kits: string,
  cpu: "x64" | "arm64",
): Promise<string> {
  const versions: string[] = [];
  try {
    for await (const { name } of Deno.readDir(kits)) {
      if (/^\d+(\.\d+){3}$/.test(name)) versions.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  versions.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  for (const version of versions) {
    const path = join(kits, version, cpu, "signtool.exe");
    if (await exists(path)) return path;
  }
  return "signtool";
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
