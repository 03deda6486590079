/** What the file system says of a file or directory, as {@linkcode Deno.lstat} does. */
export type PathInfo = Pick<Deno.FileInfo, "isSymlink" | "mode" | "uid">;

/**
 * The directories above a file, the uppermost first, and the file itself.
 *
 * @param path absolute, with the separators of Unix
 */
export function pathChain(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return ["/", ...parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`)];
}

/**
 * Why somebody else than root could change what is found at a path: who owns it, or who may write to it.
 * `undefined` when nobody can. A symbolic link leads wherever its target is, so that it is never taken.
 */
export function unprotected({ isSymlink, mode, uid }: PathInfo): string | undefined {
  if (isSymlink) return "is a symbolic link";
  if (uid !== 0) return `belongs to user ${uid}, and not to root`;
  const writers = [mode! & 0o020 && "its group", mode! & 0o002 && "everybody"]
    .filter((writer) => writer);
  return writers.length > 0 ? `can be written by ${writers.join(" and ")}` : undefined;
}
