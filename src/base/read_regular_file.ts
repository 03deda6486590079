/**
 * Reads a regular file whole, whatever links lead to it. What is opened is what is looked at: a pipe
 * that takes the file's place is not waited for, and a file that grows is not read without end.
 *
 * A directory that is replaced by a rename, as kubelet does, may be gone between the two: then the
 * file is looked for once more.
 *
 * @throws {Deno.errors} when it cannot be read
 * @throws {Error} when it is no regular file, or too long
 */
export async function readRegularFile(
  path: string,
  { maxBytes }: { maxBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readOnce(path, maxBytes);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return await readOnce(path, maxBytes);
  }
}

async function readOnce(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  // Opening a pipe waits for somebody to write.
  requireRegular(path, await Deno.stat(path));
  using file = await Deno.open(path);
  requireRegular(path, await file.stat());
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  for (;;) {
    const read = await file.read(buffer.subarray(length));
    if (!read) return buffer.slice(0, length);
    length += read;
    if (length > maxBytes) throw new Error(`${path} is longer than ${maxBytes} bytes`);
  }
}

function requireRegular(path: string, info: Deno.FileInfo): void {
  if (info.isFile) return;
  const kind = info.isDirectory ? "directory" : info.isFifo ? "pipe" : "device";
  throw new Error(`${path} is a ${kind}, not a file`);
}
