import { join } from "node:path";

/** The files below a directory as an indented tree with their sizes. */
export async function tree(directory: string, indent = ""): Promise<string> {
  const entries: Deno.DirEntry[] = [];
  for await (const entry of Deno.readDir(directory)) entries.push(entry);
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  let text = "";
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) {
      text += `${indent}${entry.name}/\n${await tree(path, `${indent}  `)}`;
    } else {
      text += `${indent}${entry.name}  ${formatSize((await Deno.stat(path)).size)}\n`;
    }
  }
  return text;
}

/** A size in bytes as people read it. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
