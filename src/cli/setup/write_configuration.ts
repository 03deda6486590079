import { basename, dirname, join, resolve } from "node:path";
import { describe, ProxyError } from "../../base/errors.ts";
import { readFile } from "../../base/read_file.ts";

/** A configuration file as it is now. */
export interface ConfigurationFile {
  /** Where it really lies: links are followed, so that they stay links. */
  path: string;
  /** Whether it was named by a link. */
  isLink?: boolean;
  /** What it says; `undefined` when it is not there. */
  text: string | undefined;
  /** Its mode, where there are modes. */
  mode: number | undefined;
  /** Whose it is, where files have owners. */
  owner: { uid: number; gid: number } | undefined;
}

/**
 * Reads a client's configuration.
 *
 * @throws {ProxyError} when it is there and cannot be read, or is not UTF-8: what other bytes mean would
 *   not survive
 */
export async function readConfiguration(given: string): Promise<ConfigurationFile> {
  try {
    const path = await Deno.realPath(given);
    const [bytes, { mode, uid, gid }, { isSymlink }] = await Promise.all([
      readFile(path, { pipes: false }),
      Deno.stat(path),
      Deno.lstat(given),
    ]);
    return {
      path,
      isLink: isSymlink,
      text: decode(bytes),
      mode: mode === null ? undefined : mode & 0o7777,
      owner: uid === null || gid === null ? undefined : { uid, gid },
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return await absent(given);
    throw unwritable(given, "read", error);
  }
}

/** What is to be made: where a link leads that leads to nothing yet, such as into a fresh home directory. */
async function absent(given: string): Promise<ConfigurationFile> {
  const target = await Deno.readLink(given).catch(() => undefined);
  return target === undefined
    ? { path: given, text: undefined, mode: undefined, owner: undefined }
    : await readConfiguration(resolve(dirname(given), target));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("it is not in UTF-8, and would not survive the change");
  }
}

/**
 * Replaces a client's configuration in one step, and keeps what was there in a file next to it. Mode and
 * owner stay.
 *
 * @returns the path of the backup; `undefined` when there was nothing to keep
 * @throws {ProxyError} when it cannot be written; then nothing has changed
 */
export async function writeConfiguration(
  { path, text: before, mode, owner }: ConfigurationFile,
  text: string,
): Promise<string | undefined> {
  const directory = dirname(path);
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  const backup = before === undefined ? undefined : `${path}.backup-${time}`;
  const next = join(directory, `.${basename(path)}.${crypto.randomUUID()}`);
  const made: string[] = [];
  const create = async (path: string, text: string) => {
    made.push(path);
    await createFile(path, text, { mode, owner });
  };
  try {
    await Deno.mkdir(directory, { recursive: true });
    if (backup) await create(backup, before!);
    await create(next, text);
    await Deno.rename(next, path);
    return backup;
  } catch (error) {
    for (const path of made) await Deno.remove(path).catch(() => {});
    throw unwritable(path, "written", error);
  }
}

/** What {@linkcode writeConfiguration} has kept of a file so far, as far as it can be read. */
export async function readBackups(path: string): Promise<Set<string>> {
  const texts = new Set<string>();
  for await (const { name, isFile } of Deno.readDir(dirname(path))) {
    if (!isFile || !name.startsWith(`${basename(path)}.backup-`)) continue;
    const backup = readFile(join(dirname(path), name));
    texts.add(await backup.then(decode).catch(() => ""));
  }
  return texts;
}

/**
 * Removes a client's configuration.
 *
 * @throws {ProxyError} when it cannot be removed
 */
export async function removeConfiguration({ path }: ConfigurationFile): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    throw unwritable(path, "removed", error);
  }
}

/**
 * The mode and the owner of the file that is replaced, whatever the umask and whoever runs this: it may
 * hold other programs' secrets, and those programs must be able to read it.
 */
async function createFile(
  path: string,
  text: string,
  { mode, owner }: Pick<ConfigurationFile, "mode" | "owner">,
): Promise<void> {
  let rights = mode ?? 0o600;
  using file = await Deno.open(path, { write: true, createNew: true, mode: rights & 0o700 });
  if (Deno.build.os !== "windows") {
    const { uid, gid } = await file.stat();
    if (owner && (owner.uid !== uid || owner.gid !== gid)) {
      await Deno.chown(path, owner.uid, owner.gid).catch((cause) => {
        if (owner.uid !== uid) {
          throw new Error(`it belongs to user ${owner.uid}, which would not stay so`, { cause });
        }
        // A group that this person is not in: another one gets none of its rights.
        rights &= ~0o070;
      });
    }
    await Deno.chmod(path, rights);
  }
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  // A rename may reach the disk before what it names does.
  await file.syncData();
}

function unwritable(path: string, verb: string, cause: unknown): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `${path} cannot be ${verb}: ${describe(cause)}`,
    fix: "check its permissions, or name another file with --file",
    reason: "configuration_unwritable",
    cause,
  });
}
