import { ProxyError } from "../base/errors.ts";
import { programName } from "../base/version.ts";
import { permissionFlags, usualPermissions } from "./permissions.ts";

/** What a command is going to use. */
export interface PlannedUse {
  /** What is connected to, as far as it is known. */
  urls: readonly (URL | undefined)[];
  /** The directory of the credentials, which is read and written. */
  cacheDir: string;
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
  const hosts = use.urls.filter((url) => url !== undefined).map(hostAndPort)
    .filter((host) => !granted({ name: "net", host }));
  if (hosts.length > 0) missing.push(`--allow-net=${hosts.join(",")}`);
  // Whose the cache directory is has no meaning on Windows, and nobody asks there.
  if (Deno.build.os !== "windows" && !granted({ name: "sys", kind: "uid" })) {
    missing.push("--allow-sys=uid");
  }
  for (const name of ["read", "write"] as const) {
    if (!granted({ name, path: use.cacheDir })) missing.push(`--allow-${name}=${use.cacheDir}`);
  }
  if (missing.length > 0) throw missingPermission(missing);
}

/** The host of a URL as permissions name it, with the port that the scheme stands for. */
function hostAndPort(url: URL): string {
  return url.port ? url.host : `${url.host}:${url.protocol === "https:" ? 443 : 80}`;
}

/**
 * The error of an operation that Deno refused, be it behind other errors, said with the flag; nothing
 * for errors that have another cause.
 */
export function asMissingPermission(error: unknown): ProxyError | undefined {
  if (!(error instanceof Error)) return undefined;
  const asked = /^Requires (\w+) access(?: to "([^"]*)")?/.exec(error.message);
  // A module that may not be read is no `NotCapable`.
  if (!(error instanceof Deno.errors.NotCapable) && asked?.[1] !== "read") {
    return asMissingPermission(error.cause);
  }
  // For `/proc`, `/sys` and `/dev`; no flag that we name would help.
  if (asked?.[1] === "all") return undefined;
  const subject = asked?.[2] && (workingCopyOf(asked[2]) ?? asked[2]);
  const flag = subject ? `--allow-${asked[1]}=${subject}` : asked && `--allow-${asked[1]}`;
  return missingPermission([flag ?? error.message], error);
}

/** The working copy that the program runs from, when it is a module of ours that is asked for. */
function workingCopyOf(path: string): string | undefined {
  const source = import.meta.dirname?.slice(0, -"platform".length);
  return source && path.startsWith(source) ? source.slice(0, -"/src/".length) : undefined;
}

function missingPermission(flags: readonly string[], cause?: unknown): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `${programName} was started without ${flags.join(" ")}`,
    fix: `start it with "deno run --unstable-kv ${
      permissionFlags(usualPermissions).join(" ")
    } jsr:@authful/mcp-proxy"`,
    reason: "missing_permission",
    cause,
  });
}

function granted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
