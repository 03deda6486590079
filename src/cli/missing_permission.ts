import { ProxyError } from "../errors.ts";
import { programName } from "../version.ts";
import { permissionFlags, usualPermissions } from "./permissions.ts";

/** What a command is going to use. */
export interface PlannedUse {
  /** `host:port` of everything that is connected to or listened on. */
  hosts: readonly string[];
  /** The directories that are read and written. */
  directories: readonly string[];
}

/**
 * Refuses to start what would fail later for want of a permission.
 *
 * @throws {ProxyError} `missing_permission` that names every flag that `deno run` was started without
 */
export function requirePermissions(use: PlannedUse): void {
  const missing: string[] = [];
  // Typed as always there, and absent without the flag.
  if (typeof (Deno as { openKv?: unknown }).openKv !== "function") missing.push("--unstable-kv");
  const hosts = use.hosts.filter((host) => !granted({ name: "net", host }));
  if (hosts.length > 0) missing.push(`--allow-net=${hosts.join(",")}`);
  for (const name of ["read", "write"] as const) {
    const paths = use.directories.filter((path) => !granted({ name, path }));
    if (paths.length > 0) missing.push(`--allow-${name}=${paths.join(",")}`);
  }
  if (missing.length > 0) throw missingPermission(missing);
}

/** The host of a URL as permissions name it, with the port that the scheme stands for. */
export function hostAndPort(url: URL): string {
  return url.port ? url.host : `${url.host}:${url.protocol === "https:" ? 443 : 80}`;
}

/** The error of an operation that Deno refused, said with the flag; nothing for other errors. */
export function asMissingPermission(error: unknown): ProxyError | undefined {
  if (!(error instanceof Deno.errors.NotCapable)) return;
  const asked = /^Requires (\w+) access(?: to "([^"]*)")?/.exec(error.message);
  const flag = asked?.[2] ? `--allow-${asked[1]}=${asked[2]}` : asked && `--allow-${asked[1]}`;
  return missingPermission([flag ?? error.message], error);
}

function missingPermission(flags: readonly string[], cause?: unknown): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `${programName} was started without ${flags.join(" ")}`,
    todo: `start it with: deno run --unstable-kv ${
      permissionFlags(usualPermissions).join(" ")
    } jsr:@authful/mcp-proxy`,
    reason: "missing_permission",
    cause,
  });
}

function granted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
