import { delimiter, join } from "node:path";

/** What {@linkcode findOnPath} may be told. */
export interface FindOnPathOptions {
  /** The operating system, as `Deno.build.os` names it. */
  os?: string;
  /** Reads an environment variable. */
  env?: (name: string) => string | undefined;
}

/** Where a program lies that `PATH` leads to (on Windows also with `PATHEXT`), or `undefined`. */
export async function findOnPath(
  program: string,
  options: FindOnPathOptions = {},
): Promise<string | undefined> {
  const { os = Deno.build.os, env = Deno.env.get } = options;
  const endings = os === "windows" ? (env("PATHEXT") ?? ".EXE;.CMD;.BAT;.COM").split(";") : [""];
  for (const directory of (env("PATH") ?? "").split(delimiter)) {
    if (directory === "") continue;
    for (const ending of endings) {
      const path = join(directory, program + ending);
      const found = await Deno.stat(path).catch(() => undefined);
      if (!found?.isFile) continue;
      if (os === "windows" || (found.mode! & 0o111) !== 0) return path;
    }
  }
  return undefined;
}
