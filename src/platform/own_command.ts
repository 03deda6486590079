/** How this program starts itself. */
export interface OwnCommand {
  /** The executable: of this program, or Deno. */
  readonly command: string;
  /** What stands in front of the program's own arguments. */
  readonly args: readonly string[];
}

/** What the other process is going to need besides what every start needs. */
export interface OwnCommandNeeds {
  /** The system keychain, which only native code can reach. */
  keychain: boolean;
}

/**
 * How this program may start itself, with no more permissions than it has; `undefined` where it may
 * not: without `--allow-run`, and where its permissions are limited to some hosts or directories,
 * since a process cannot find out to which.
 */
export function ownCommand({ keychain }: OwnCommandNeeds): OwnCommand | undefined {
  const command = Deno.execPath();
  if (!granted({ name: "run", command })) return undefined;
  // Its permissions are part of it.
  if (Deno.build.standalone) return { command, args: [] };
  const needed = [
    ["--allow-net", { name: "net" }],
    ["--allow-env", { name: "env" }],
    ["--allow-read", { name: "read" }],
    ["--allow-write", { name: "write" }],
    // Not asked for on Windows, where nobody needs it.
    ...Deno.build.os === "windows"
      ? []
      : [["--allow-sys=uid", { name: "sys", kind: "uid" }] as const],
    ...keychain ? [["--allow-ffi", { name: "ffi" }] as const] : [],
  ] satisfies readonly (readonly [string, Deno.PermissionDescriptor])[];
  if (needed.some(([, permission]) => !granted(permission))) return undefined;
  const main = Deno.mainModule;
  return {
    command,
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      // What runs is there already, and nothing else is to take its place.
      "--cached-only",
      "--unstable-kv",
      ...needed.map(([flag]) => flag),
      // It reads whose connection it is that begins a sign-in.
      ...Deno.build.os === "linux" && granted({ name: "run" }) ? ["--allow-run=grep"] : [],
      // Deno would look for one around the working directory.
      ...main.startsWith("file:") ? [] : ["--no-config"],
      main,
    ],
  };
}

function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
