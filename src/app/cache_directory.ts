import { programName } from "../base/version.ts";
import { type Machine, requireHome } from "../platform/paths.ts";

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
  const path = given ?? `~/.mcp-auth/${programName}`;
  if (!/^~(?=[/\\]|$)/.test(path)) return path;
  const home = requireHome(machine, {
    fix: "name a directory for the credentials with --cache-dir or MCP_PROXY_CACHE_DIR",
  });
  const inHome = home.replace(/[/\\]+$/, "") + path.slice(1);
  // By hand: `node:path` would cost a start more than all of this program.
  return machine.os === "windows" ? inHome.replaceAll("/", "\\") : inHome;
}
