import { ProxyError } from "./errors.ts";
import { redact } from "./redactor.ts";

/** What {@linkcode openLogFile} may be told. */
export interface LogFileOptions {
  /** Above this many bytes, the file is put aside and a new one begun. */
  maxBytes?: number;
  /** So many of those that were put aside are kept: `FILE.1` is the youngest. */
  kept?: number;
  /** Is told, once, when the file cannot be written any more. */
  onFailure?(error: unknown): void;
}

/**
 * A file that log lines are added to, readable by its owner only. Several processes may write to the same
 * one, and any program may move it away: it is opened anew for each line.
 *
 * @returns what adds a line, with its line break, without our secrets; never throws
 * @throws {ProxyError} `log_file_unwritable` when not even the first line could be written
 */
export function openLogFile(path: string, options: LogFileOptions = {}): (line: string) => void {
  const { maxBytes = 10 << 20, kept = 3, onFailure } = options;
  const encoder = new TextEncoder();
  let hasFailed = false;
  try {
    const [directory] = /^.*[/\\](?=[^/\\]+$)/.exec(path) ?? [];
    if (directory) Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
    refuseForeign(path);
    using _file = open(path);
    if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
  } catch (cause) {
    throw new ProxyError({
      category: "Configuration error",
      what: `the log file ${path} cannot be written: ${(cause as Error).message}`,
      fix: "name a file that this user can write with --log-file, or leave the setting out",
      reason: "log_file_unwritable",
      cause,
    });
  }
  return (line) => {
    try {
      const bytes = encoder.encode(redact(line));
      using file = open(path);
      // One write, so that lines of several processes do not mix.
      file.writeSync(bytes);
      if (file.statSync().size > maxBytes) putAside(path, { file, maxBytes, kept });
    } catch (error) {
      // A full disk is no reason to stop what the person is at.
      if (!hasFailed) onFailure?.(error);
      hasFailed = true;
    }
  };
}

function open(path: string): Deno.FsFile {
  return Deno.openSync(path, { create: true, append: true, mode: 0o600 });
}

/** Where everybody may write, a link of another user can lead to any file of this one. */
function refuseForeign(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const isForeign = Deno.build.os !== "windows" && info.uid !== Deno.uid();
  if (isForeign) throw new Error(`it belongs to user ${info.uid}`);
  if (!info.isFile && !info.isSymlink) throw new Error("it is no file");
}

/** Only one process does so to one file: whoever has its lock and still finds it there. */
function putAside(
  path: string,
  { file, maxBytes, kept }: { file: Deno.FsFile; maxBytes: number; kept: number },
): void {
  file.lockSync(true);
  try {
    const [there, own] = [Deno.statSync(path), file.statSync()];
    // Another one was quicker: what is there now is another file, with a lock of its own.
    if (there.ino !== own.ino || there.dev !== own.dev || there.size <= maxBytes) return;
    for (let age = kept - 1; age > 0; age--) {
      try {
        Deno.renameSync(`${path}.${age}`, `${path}.${age + 1}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    Deno.renameSync(path, `${path}.1`);
  } catch (error) {
    // Another one was quicker, and nobody has written since.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  } finally {
    file.unlockSync();
  }
}
