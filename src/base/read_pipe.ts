/** What {@linkcode readPipe} is told. */
export interface ReadPipeOptions {
  /** How long the pipe may take to say something and end, in milliseconds. */
  timeout: number;
  /** The longest content, in bytes. */
  maxBytes: number;
  /** The error for what is longer. */
  tooLong(path: string, maxBytes: number): Error;
}

/**
 * Reads a pipe, or a device, to its end.
 *
 * @throws {Deno.errors} when it cannot be read
 * @throws {Error} when it is too long, or nobody writes all of it in time
 */
export async function readPipe(
  path: string,
  { timeout, maxBytes, tooLong }: ReadPipeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`nobody wrote all of ${path} within ${timeout / 1000} s: it is a pipe`));
  }, timeout);
  let file: Deno.FsFile | undefined;
  const read = async () => {
    file = await Deno.open(path);
    return await readToEnd(file, { path, maxBytes, tooLong });
  };
  const reading = read();
  reading.catch(() => {});
  try {
    return await Promise.race([reading, late.promise]);
  } catch (error) {
    // Somebody who writes, be it nothing, ends the wait of a thread that nothing else ends. Until it has
    // ended, it could take what is meant for the next one who reads.
    if (!file && await writeNothing(path)) await soon(reading);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function writeNothing(path: string): Promise<boolean> {
  try {
    (await Deno.open(path, { write: true })).close();
    return true;
  } catch {
    // It may be read only, or gone.
    return false;
  }
}

/** Waits for the end of something, however it ends, for a second at most. */
async function soon(something: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 1_000);
  await Promise.race([something.then(() => {}, () => {}), promise]);
  clearTimeout(timer);
}

async function readToEnd(
  file: Deno.FsFile,
  { path, maxBytes, tooLong }: { path: string } & Omit<ReadPipeOptions, "timeout">,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of file.readable) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong(path, maxBytes);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
