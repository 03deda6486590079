import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** One file of an archive. */
export interface PackedFile {
  /** Its path inside, with forward slashes. */
  readonly name: string;
  /** What it holds. */
  readonly content: Uint8Array | string;
  /** Whether it can be started. */
  readonly executable?: boolean;
}

/** The mode of a packed file, as Unix writes it. */
export function modeOf(file: PackedFile): number {
  return file.executable ? 0o755 : 0o644;
}

/** The content of a packed file as bytes. */
export function bytesOf(file: PackedFile): Uint8Array {
  return typeof file.content === "string" ? new TextEncoder().encode(file.content) : file.content;
}

/** Writes files below a directory as they would be unpacked. */
export async function writeFiles(directory: string, files: readonly PackedFile[]): Promise<void> {
  for (const file of files) {
    const path = join(directory, file.name);
    await mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, bytesOf(file), { mode: modeOf(file) });
  }
}
