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
  // Hardly ever needed.
  const reading = import("./read_pipe.ts")
    .then(({ readPipe }) => readPipe(path, { timeout, maxBytes, tooLong }));
  fromPipes.set(path, reading);
  reading.catch(() => fromPipes.delete(path));
  return await reading;
}

/** Reads a text file whole, as {@linkcode readFile} does, from UTF-8; a byte order mark stays. */
export async function readTextFile(path: string, options?: ReadFileOptions): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readFile(path, options));
}

function tooLong(path: string, maxBytes: number): Error {
  return new Error(`${path} is longer than ${maxBytes} bytes`);
}
