import { join } from "node:path";
import { parseChecksums, sha256 } from "../package/checksums.ts";
import { layout } from "./artifacts.ts";

/**
 * Reads every download back and compares it with its checksum.
 *
 * @returns how many were compared
 * @throws {Error} when one differs, is missing, or has no checksum
 */
export async function verifyChecksums(dist: string): Promise<number> {
  const directory = join(dist, layout.downloads);
  const sums = parseChecksums(await Deno.readTextFile(join(directory, "SHA256SUMS")));
  for (const [name, expected] of Object.entries(sums)) {
    const actual = await sha256(await Deno.readFile(join(directory, name)));
    if (actual !== expected) {
      throw new Error(`Cannot release ${name}: SHA256SUMS has ${expected}, the file has ${actual}`);
    }
  }
  for await (const { name } of Deno.readDir(directory)) {
    if (name !== "SHA256SUMS" && !sums[name]) {
      throw new Error(`Cannot release ${name}: it has no line in SHA256SUMS`);
    }
  }
  return Object.keys(sums).length;
}
