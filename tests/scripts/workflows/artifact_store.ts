import { copyFile, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { patternOf } from "./workflow.ts";

/** Artifacts between the jobs of a workflow, with what GitHub's own store does to them. */
export interface ArtifactStore {
  /** Keeps a file, or what is below a directory, under a name. */
  upload(name: string, path: string): Promise<void>;
  /** Puts artifacts into a directory, each into its own unless they are merged or just one is named. */
  download(
    what: { name?: string; pattern?: string; merge?: boolean },
    directory: string,
  ): Promise<void>;
}

/**
 * An {@linkcode ArtifactStore} in a directory. As with `actions/upload-artifact`, files lose their
 * modes, and empty directories and hidden files are not kept.
 */
export function artifactStore(store: string): ArtifactStore {
  const names = async () => (await Array.fromAsync(Deno.readDir(store))).map(({ name }) => name);
  return {
    async upload(name, path) {
      if ((await names()).includes(name)) throw new Error(`the artifact ${name} is there already`);
      const files = await filesBelow(path);
      if (files.length === 0) throw new Error(`no files were found in ${path}`);
      for (const file of files) await copy(join(path, file), join(store, name, file));
    },
    async download({ name, pattern, merge }, directory) {
      const wanted = patternOf(pattern ?? name!);
      const found = (await names()).filter((each) => wanted.test(each));
      if (found.length === 0) throw new Error(`there is no artifact ${pattern ?? name}`);
      for (const each of found) {
        const to = name || merge ? directory : join(directory, each);
        for (const file of await filesBelow(join(store, each))) {
          await copy(join(store, each, file), join(to, file));
        }
      }
    },
  };
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await Deno.chmod(to, 0o644);
}

async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (basename(entry.name).startsWith(".")) continue;
    if (entry.isFile) files.push(entry.name);
    if (!entry.isDirectory) continue;
    for (const file of await filesBelow(join(directory, entry.name))) {
      files.push(join(entry.name, file));
    }
  }
  return files;
}
