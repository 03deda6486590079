import { ProxyError } from "../errors.ts";
import { programName } from "../version.ts";

/** The directory that holds the credentials: the given one, else the one under the home directory. */
export function cacheDirectory(
  given: string | undefined,
  getEnv: (name: string) => string | undefined,
): string {
  if (given !== undefined) return given;
  const home = getEnv("HOME") || getEnv("USERPROFILE");
  // Windows takes both separators; `node:path` would cost a start more than all of this program.
  if (home) return `${home.replace(/[/\\]+$/, "")}/.mcp-auth/${programName}`;
  throw new ProxyError({
    category: "Configuration error",
    what: "there is no home directory (neither HOME nor USERPROFILE is set)",
    todo: "name a directory for the credentials with --cache-dir or MCP_PROXY_CACHE_DIR",
    reason: "no_home_directory",
  });
}
