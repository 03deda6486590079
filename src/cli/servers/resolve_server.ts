import { readTextFile } from "../../base/read_file.ts";
import {
  type ResolvedSettings,
  resolveSettings,
  type SetUpServer,
} from "../../settings/resolve_settings.ts";

/** The configuration files that a server may stand in. */
export interface ServerFiles {
  /** The path of the person's. */
  config: string | undefined;
  /** The administrator's. */
  system: ResolvedSettings["system"];
}

/**
 * The settings with which a client would start a server: what is set in this shell does not count.
 *
 * @throws {ProxyError} for a value that a setting cannot take, or that a policy refuses
 */
export async function resolveServer(
  server: SetUpServer,
  { config, system, getEnv = (name) => Deno.env.get(name) }: ServerFiles & {
    /** Looks an environment variable up; in that of this process by default. */
    getEnv?(name: string): string | undefined;
  },
): Promise<ResolvedSettings> {
  return await resolveSettings({
    flags: { config, ...server.origin === "client" && server.texts },
    getEnv: (name) => /^(?:OIDC|MCP)_/.test(name) ? undefined : getEnv(name),
    readTextFile,
    readSystemConfig: () => Promise.resolve(system),
    os: Deno.build.os,
    findServer: () => Promise.resolve(server.origin === "client" ? undefined : server),
  });
}
