/** What {@linkcode readFile} may be told. */
export interface ReadFileOptions {
  /**
   * Whether a pipe or a device is read, too, as shells (`<(pass show secret)`) and password managers
   * hand files out; what a program keeps for itself is never one.
   */
  pipes?: boolean;
  /** How long a pipe may take to say something and end, in milliseconds. */
  timeout?: number;
  /** The longest content, in bytes. */
  maxBytes?: number;
}

/** What came out of pipes: nobody writes it a second time. */
const fromPipes = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * Reads a file whole. Unlike Deno's own function it comes to an end: opening a pipe waits for somebody
 * to write, without a limit.
 *
 * @throws {Deno.errors} when it cannot be read
 * @throws {Error} when it is too long, or a pipe where none is expected or into which nobody writes
 */
export async function readFile(
  path: string,
  options: ReadFileOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { pipes = true, timeout = 30_000, maxBytes = 64 << 20 } = options;
  // Without it, reading has the better words for what is wrong.
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info || info.isDirectory || info.isFile) {
    if (info && info.size > maxBytes) throw tooLong(path, maxBytes);
    return await Deno.readFile(path);
  }
  if (!pipes) throw new Error(`${path} is a ${info.isFifo ? "pipe" : "device"}, not a file`);
  const known = fromPipes.get(path);
  if (known) return await known;
  const reading = readPipe(path, { timeout, maxBytes });
  fromPipes.set(path, reading);
  reading.catch(() => fromPipes.delete(path));
  return await reading;
}

/** Reads a text file whole, as {@linkcode readFile} does, from UTF-8; a byte order mark stays. */
export async function readTextFile(path: string, options?: ReadFileOptions): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readFile(path, options));
}

async function readPipe(
  path: string,
  { timeout, maxBytes }: { timeout: number; maxBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`nobody wrote all of ${path} within ${timeout / 1000} s: it is a pipe`));
  }, timeout);
  let file: Deno.FsFile | undefined;
  const read = async () => {
    file = await Deno.open(path);
    return await readToEnd(file, { path, maxBytes });
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
  { path, maxBytes }: { path: string; maxBytes: number },
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

function tooLong(path: string, maxBytes: number): Error {
  return new Error(`${path} is longer than ${maxBytes} bytes`);
}
