/** Has everybody who asks the file system of a path told this instead, while a test runs. */
export async function withLstat(
  lstat: (path: string) => Pick<Deno.FileInfo, "isSymlink" | "mode" | "uid">,
  test: () => Promise<void>,
): Promise<void> {
  const { lstat: real } = Deno;
  Deno.lstat = (path) => {
    try {
      return Promise.resolve(lstat(String(path)) as Deno.FileInfo);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  try {
    await test();
  } finally {
    Deno.lstat = real;
  }
}
