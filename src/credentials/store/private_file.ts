/**
 * Creates a file that only its owner can read and write, whatever the umask.
 *
 * @throws {Deno.errors.AlreadyExists} when there is one
 */
export async function createPrivateFile(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { read: true, write: true, createNew: true, mode: 0o600 });
  // The umask can only have taken rights away: the mode at creation was never too wide.
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
  return file;
}
