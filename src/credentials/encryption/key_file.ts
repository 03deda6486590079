import { describe, ProxyError } from "../../base/errors.ts";
import { readFile } from "../../base/read_file.ts";
import { createPrivateFile } from "../store/private_file.ts";

const keyLength = 32;

/**
 * The data key in its own file next to the database; `undefined` when there is none or it is
 * damaged.
 *
 * @throws {ProxyError} when it is there and cannot be read
 */
export async function readKeyFile(directory: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const path = `${directory}/cache.key`;
  try {
    const bytes = await readFile(path, { pipes: false });
    return bytes.length === keyLength ? bytes : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ProxyError({
      category: "System error",
      what: `cannot read the key of the stored credentials: ${describe(error)}`,
      fix: `make ${path} readable for you, or remove it and sign in again`,
      reason: "key_unreadable",
      cause: error,
    });
  }
}

/** Removes the data key: what it sealed is lost. */
export async function removeKeyFile(directory: string): Promise<void> {
  try {
    await Deno.remove(`${directory}/cache.key`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Writes the data key, readable by nobody else; appears whole or not at all. */
export async function writeKeyFile(directory: string, bytes: Uint8Array): Promise<void> {
  const path = `${directory}/cache.key`;
  const unfinished = `${path}.${crypto.randomUUID()}`;
  try {
    using file = await createPrivateFile(unfinished);
    await file.write(bytes);
    await file.sync();
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
  await Deno.rename(unfinished, path);
}
