import { readTextFile } from "../../base/read_file.ts";
import {
  type ResolvedSettings,
  resolveSettings,
  type SetUpServer,
} from "../../settings/resolve_settings.ts";

/**
 * The settings with which a client would start a server: what is set in this shell does not count.
 *
 * @throws {ProxyError} for a value that a setting cannot take, or that a policy refuses
 */
export async function resolveServer(
  server: SetUpServer,
  { config, system }: { config: string | undefined; system: ResolvedSettings["system"] },
): Promise<ResolvedSettings> {
  return await resolveSettings({
    flags: { config, ...server.origin === "client" && server.texts },
    getEnv: (name) =>
      (name.startsWith("OIDC_") || name.startsWith("MCP_")) ? undefined : Deno.env.get(name),
    readTextFile,
    readSystemConfig: () => Promise.resolve(system),
    os: Deno.build.os,
    findServer: () => Promise.resolve(server.origin === "client" ? undefined : server),
  });
}
