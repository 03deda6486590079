import { readFile } from "../../base/read_file.ts";
import { createPrivateFile } from "../store/private_file.ts";

/** How the files of all accounts begin. */
const prefix = "account-";

/** What the files of all accounts of one store may take together, in bytes. */
const mostBytes = 64 << 20;

/** How many they may be. */
const mostFiles = 1_000;

/** What a process that was killed left half written is this old, in milliseconds. */
const leftOverAfter = 60_000;

/** The path of a file of an account; `digest` is the identity's, `id` the account key's. */
export function accountFilePath(
  directory: string,
  { digest, id, name }: { digest: string; id: string; name: string },
): string {
  return `${directory}/${prefix}${digest.slice(0, 32)}-${id}-${name}`;
}

/**
 * The content of a file that is ours: a regular one of this user that nobody else can write. Else, and
 * when it is longer than `maxBytes`, `undefined`.
 *
 * @throws {Deno.errors} when it cannot be read
 */
export async function readAccountFile(
  path: string,
  { maxBytes }: { maxBytes: number },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const info = await Deno.lstat(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (!info?.isFile || info.size > maxBytes || !isOurs(info)) return undefined;
  return await readFile(path, { pipes: false, maxBytes });
}

/** Writes a file that appears whole or not at all; what has its name, a link too, is replaced. */
export async function writeAccountFile(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${crypto.randomUUID()}`;
  try {
    using file = await createPrivateFile(unfinished);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
  await Deno.rename(unfinished, path).catch(async (error) => {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  });
}

/** Which files {@linkcode removeAccountFiles} removes. */
export interface RemovedAccountFiles {
  /** Those of these identities, by their digests; those of all by default. */
  digests?: readonly string[];
  /** But not those of the account key with this id. */
  exceptId?: string;
}

/** Removes files of accounts, also such as no key opens any more. */
export async function removeAccountFiles(
  directory: string,
  { digests, exceptId }: RemovedAccountFiles = {},
): Promise<void> {
  const beginnings = digests?.map((digest) => `${prefix}${digest.slice(0, 32)}-`) ?? [prefix];
  for (const name of await list(directory)) {
    const beginning = beginnings.find((beginning) => name.startsWith(beginning));
    if (beginning === undefined) continue;
    if (exceptId !== undefined && name.startsWith(`${beginning}${exceptId}-`)) continue;
    await Deno.remove(`${directory}/${name}`).catch(unlessNotFound);
  }
}

/** Removes what was left half written, and the files written longest ago until there is room for so many bytes. */
export async function makeRoom(
  directory: string,
  { bytes, now }: { bytes: number; now: number },
): Promise<void> {
  const files: { path: string; size: number; at: number }[] = [];
  for (const name of await list(directory)) {
    const path = `${directory}/${name}`;
    const info = await Deno.lstat(path).catch(unlessNotFound);
    if (!info) continue;
    const at = info.mtime?.getTime() ?? 0;
    if (name.includes(".") && now - at > leftOverAfter) {
      await Deno.remove(path).catch(unlessNotFound);
    } else files.push({ path, size: info.size, at });
  }
  files.sort((one, other) => other.at - one.at);
  let total = bytes;
  for (const [i, { path, size }] of files.entries()) {
    total += size;
    if (total > mostBytes || i + 1 >= mostFiles) await Deno.remove(path).catch(unlessNotFound);
  }
}

async function list(directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (name.startsWith(prefix) && !isDirectory) names.push(name);
  }
  return names;
}

function isOurs({ uid, mode }: Deno.FileInfo): boolean {
  if (Deno.build.os === "windows" || mode === null) return true;
  return uid === Deno.uid() && (mode & 0o022) === 0;
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  throw error;
}
