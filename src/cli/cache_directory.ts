import { join } from "node:path";
import { ProxyError } from "../errors.ts";
import { programName } from "../version.ts";

/** The directory that holds the credentials: the given one, else the one under the home directory. */
export function cacheDirectory(
  given: string | undefined,
  getEnv: (name: string) => string | undefined,
): string {
  if (given !== undefined) return given;
  const home = getEnv("HOME") || getEnv("USERPROFILE");
  if (home) return join(home, ".mcp-auth", programName);
  throw new ProxyError({
    category: "Configuration error",
    what: "there is no home directory (neither HOME nor USERPROFILE is set)",
    todo: "name a directory for the credentials with --cache-dir or MCP_PROXY_CACHE_DIR",
    reason: "no_home_directory",
  });
}
