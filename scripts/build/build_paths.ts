import { Buffer } from "node:buffer";
import { homedir } from "node:os";

/**
 * Refuses a file in which a place of the machine that built it can be read.
 *
 * @throws {Error} that names the path and the text around it
 */
export async function assertNoBuildPaths(
  file: string,
  directories: readonly string[],
): Promise<void> {
  const found = findPaths(await Deno.readFile(file), [...directories, homedir()]);
  if (found) throw new Error(`Cannot publish ${file}: it contains ${JSON.stringify(found)}`);
}

/** The first of the directories that occurs in the bytes, with what follows it. */
export function findPaths(bytes: Uint8Array, directories: readonly string[]): string | undefined {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const directory of directories) {
    // A home such as "/" or "/root" would be found in every runtime.
    if (directory.length < 8) continue;
    for (const spelling of new Set([directory, directory.replaceAll("\\", "/")])) {
      const at = content.indexOf(spelling);
      if (at >= 0) return content.toString("latin1", at, at + spelling.length + 40);
    }
  }
}
