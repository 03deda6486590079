import { isWsl } from "./browser.ts";
import { findOnPath } from "./find_on_path.ts";

/** What {@linkcode browserObstacle} looks at; the real machine by default. */
export interface BrowserObstacleOptions {
  /** The command the person chose for opening URLs: then nothing is in the way. */
  command?: string;
  /** The operating system, as `Deno.build.os` names it. */
  os?: string;
  /** Reads an environment variable. */
  env?: (name: string) => string | undefined;
  /** Whether a file exists. */
  exists?: (path: string) => Promise<boolean>;
}

/**
 * Why no browser that the person sees can be opened from here, as the end of "…, because", or
 * `undefined` when nothing speaks against trying.
 *
 * @example
 * ```ts
 * await browserObstacle(); // "this is an SSH session without a display"
 * ```
 */
export async function browserObstacle(
  options: BrowserObstacleOptions = {},
): Promise<string | undefined> {
  const { command, os = Deno.build.os, env = Deno.env.get, exists = fileExists } = options;
  if (command !== undefined) return undefined;
  const remote = env("SSH_CONNECTION") || env("SSH_TTY") || env("SSH_CLIENT");
  // There the browser would open in front of whoever sits at that machine, or nobody.
  if (os === "darwin" || os === "windows") return remote ? "this is an SSH session" : undefined;
  const display = env("DISPLAY") || env("WAYLAND_DISPLAY");
  if (!display) {
    if (remote) return "this is an SSH session without a display";
    if (
      env("container") || env("KUBERNETES_SERVICE_HOST") || await exists("/.dockerenv") ||
      await exists("/run/.containerenv")
    ) return "this is a container without a display";
    if (os === "linux" && await isWsl(env)) return undefined;
    // Some clients start their servers without these variables: the opener may work all the same.
  }
  if (await findOnPath("xdg-open", { os, env }) === undefined) return "xdg-open is not installed";
  return undefined;
}

async function fileExists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
