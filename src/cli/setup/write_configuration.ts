import { basename, dirname, join } from "node:path";
import { describe, ProxyError } from "../../errors.ts";
import { readTextFile } from "../../read_file.ts";

/** A configuration file as it is now. */
export interface ConfigurationFile {
  /** Where it really lies: links are followed, so that they stay links. */
  path: string;
  /** What it says; `undefined` when it is not there. */
  text: string | undefined;
  /** Its mode, where there are modes. */
  mode: number | undefined;
}

/**
 * Reads a client's configuration.
 *
 * @throws {ProxyError} when it is there and cannot be read
 */
export async function readConfiguration(given: string): Promise<ConfigurationFile> {
  try {
    const path = await Deno.realPath(given);
    const [text, { mode }] = await Promise.all([
      readTextFile(path, { pipes: false }),
      Deno.stat(path),
    ]);
    return { path, text, mode: mode === null ? undefined : mode & 0o7777 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { path: given, text: undefined, mode: undefined };
    }
    throw unwritable(given, "read", error);
  }
}

/**
 * Replaces a client's configuration in one step, and keeps what was there in a file next to it.
 *
 * @returns the path of the backup; `undefined` when there was nothing to keep
 * @throws {ProxyError} when it cannot be written; then nothing has changed
 */
export async function writeConfiguration(
  { path, text: before, mode }: ConfigurationFile,
  text: string,
): Promise<string | undefined> {
  const directory = dirname(path);
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  const backup = before === undefined ? undefined : `${path}.backup-${time}`;
  const next = join(directory, `.${basename(path)}.${crypto.randomUUID()}`);
  try {
    await Deno.mkdir(directory, { recursive: true });
    // The mode of the file that is replaced, whatever the umask: it may hold other programs' secrets.
    const options = { createNew: true, mode: mode ?? 0o600 };
    if (backup) await Deno.writeTextFile(backup, before!, options);
    await Deno.writeTextFile(next, text, options);
    if (mode !== undefined && Deno.build.os !== "windows") await Deno.chmod(next, mode);
    await Deno.rename(next, path);
    return backup;
  } catch (error) {
    await Deno.remove(next).catch(() => {});
    throw unwritable(path, "written", error);
  }
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
