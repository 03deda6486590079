import { programName } from "../base/version.ts";
import { expandHome, type Machine } from "../platform/paths.ts";

/**
 * The directory that holds the credentials: the given one, else the one under the home directory. No
 * shell has replaced a `~` that stands in the configuration of a client.
 */
export function cacheDirectory(
  given: string | undefined,
  machine: Pick<Machine, "os" | "env"> = {
    os: Deno.build.os,
    env: (name) => Deno.env.get(name),
  },
): string {
  return expandHome(given ?? `~/.mcp-auth/${programName}`, machine, {
    fix: "name a directory for the credentials with --cache-dir or MCP_PROXY_CACHE_DIR",
  });
}
