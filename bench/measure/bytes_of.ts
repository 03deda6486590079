/** The size of some files together, in bytes. */
export async function bytesOf(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await Deno.stat(file)).size;
  return bytes;
}
