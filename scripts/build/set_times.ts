import { join } from "node:path";

/** Gives everything in a directory the same time; `deno compile` writes the times into its result. */
export async function setTimes(directory: string, date: Date): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) await setTimes(path, date);
    await Deno.utime(path, date, date);
  }
}
