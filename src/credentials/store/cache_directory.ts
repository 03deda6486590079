import { ProxyError } from "../../base/errors.ts";

/**
 * Makes sure of a directory that only its owner can look into. Creates it with mode 0700 whatever
 * the umask; refuses one that is a symlink, somebody else's or writable by others, because whoever
 * can exchange its files decides whose credentials are used. Windows has no modes: there the
 * protection is the one of the person's own profile directory.
 *
 * @throws {ProxyError} `unsafe_cache_dir`, with the command that fixes it
 * @throws {Deno.errors} when it cannot be created
 */
export async function prepareCacheDirectory(path: string): Promise<void> {
  let info = await Deno.lstat(path).catch(unlessNotFound);
  if (!info) {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o700);
    info = await Deno.lstat(path);
  }
  if (info.isSymlink) {
    throw refusal(path, "is a symbolic link", { fix: "remove it or name its target" });
  }
  if (!info.isDirectory) throw refusal(path, "is not a directory", { fix: "remove it" });
  if (Deno.build.os === "windows" || info.mode === null) return;
  if (info.uid !== Deno.uid()) {
    const owner = `sudo chown -R "$(id -u)" ${quoted(path)}`;
    // A volume that was mounted for whoever is in its group.
    const below = info.mode & 0o022 ? `, such as ${quoted(`${path}/store`)}` : "";
    throw refusal(path, `belongs to user ${info.uid}`, { fix: `run ${owner}`, below });
  }
  if (info.mode & 0o022) {
    throw refusal(path, "is writable by others", { fix: `run chmod 700 ${quoted(path)}` });
  }
  if (info.mode & 0o077) await narrow(path);
}

/** A directory that was made for something else keeps its mode, and only our files are narrowed. */
async function narrow(path: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  const ours = names.filter((name) => /^(account-|cache\.|process-)/.test(name));
  if (ours.length === names.length) return await Deno.chmod(path, 0o700);
  for (const name of ours) await Deno.chmod(`${path}/${name}`, 0o600).catch(unlessNotFound);
}

function refusal(
  path: string,
  what: string,
  { fix, below = "" }: { fix: string; below?: string },
): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `the cache directory ${path} ${what}`,
    fix: `${fix}, or choose another one with --cache-dir${below}`,
    reason: "unsafe_cache_dir",
  });
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  throw error;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
