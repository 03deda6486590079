import { createPrivateFile } from "../store/private_file.ts";

/**
 * A file that a process holds a lock on for as long as it lives. The system gives the lock back
 * when the process dies, however it dies, so others can tell at once; unlike a process id it is
 * never given to somebody else, and it means the same in every container that shares the directory.
 */
export interface ProcessMark extends Disposable {
  /** Makes the mark and takes the lock; false where files cannot be locked this way. */
  set(): Promise<boolean>;
  /** Whether the process of this name is certainly dead. Only ask of one that has set its mark. */
  isDead(instance: string): Promise<boolean>;
}

const fileName = (instance: string) => `process-${instance}.lock`;
const leftOverAfter = 60_000;

/** The mark of this process in the cache directory. */
export function createProcessMark(directory: string | undefined, instance: string): ProcessMark {
  let setting: Promise<Deno.FsFile | undefined> | undefined;
  let own: Deno.FsFile | undefined;

  async function make(): Promise<Deno.FsFile | undefined> {
    if (directory === undefined || !("tryLock" in Deno.FsFile.prototype)) return undefined;
    const path = `${directory}/${fileName(instance)}`;
    let file: Deno.FsFile | undefined;
    try {
      await removeLeftOvers(directory);
      file = await createPrivateFile(path);
      if (await tryLock(file)) return own = file;
    } catch {
      // Some network file systems know no locks, and somebody may have removed the directory: then
      // silence has to do.
    }
    if (file) await dispose(file, path);
    return undefined;
  }

  return {
    set: async () => await (setting ??= make()) !== undefined,
    async isDead(other) {
      return directory !== undefined && other !== instance &&
        await isUnlocked(`${directory}/${fileName(other)}`);
    },
    [Symbol.dispose]() {
      if (!own || directory === undefined) return;
      own.close();
      own = undefined;
      try {
        Deno.removeSync(`${directory}/${fileName(instance)}`);
      } catch {
        // Another process found it unlocked and removed it first.
      }
    },
  };
}

/** Whether nobody holds the lock, which then is no longer needed: the file goes too. */
async function isUnlocked(path: string): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { write: true });
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
  let unlocked = false;
  try {
    unlocked = await tryLock(file);
  } catch {
    // Not known to be dead.
  }
  if (unlocked) await dispose(file, path);
  else file.close();
  return unlocked;
}

/** Deno 2.4 does not have it yet; there a dead process is only known by its silence. */
async function tryLock(file: Deno.FsFile & { tryLock?(exclusive: boolean): Promise<boolean> }) {
  return await file.tryLock?.(true) ?? false;
}

async function dispose(file: Deno.FsFile, path: string): Promise<void> {
  file.close();
  await Deno.remove(path).catch(() => {});
}

/** Marks of processes that were killed stay behind; an old one that is unlocked is such a mark. */
async function removeLeftOvers(directory: string): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    if (!/^process-.*\.lock$/.test(name)) continue;
    const path = `${directory}/${name}`;
    const { mtime, isFile } = await Deno.lstat(path)
      .catch(() => ({ mtime: null, isFile: false }));
    if (isFile && mtime && Date.now() - mtime.getTime() > leftOverAfter) await isUnlocked(path);
  }
}
