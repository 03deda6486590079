import { optionNames, options, type SettingOption } from "./options.ts";

/** One Deno permission that the program asks for. */
export interface NeededPermission {
  /** Deno's name of it: `net` stands for `--allow-net`. */
  readonly name: "net" | "read" | "write" | "env" | "run" | "sys" | "ffi";
  /** What it is limited to; absent when it cannot be limited beforehand. */
  readonly values?: readonly string[];
  /** Who needs it. */
  readonly neededBy: "every start" | "a sign-in in the browser" | "one option";
  /** Why, in one sentence. */
  readonly reason: string;
}

/** Environment variables that are not settings of this program. */
const foreignVariables = [
  // The home directory, in which the credentials lie.
  "HOME",
  "USERPROFILE",
  // What the keychain's native library asks for before it loads.
  "NAPI_RS_FORCE_WASI",
  "NAPI_RS_NATIVE_LIBRARY_PATH",
  "NAPI_RS_WASI_FLAVOR",
  // Where the configuration files of this program and of MCP clients lie.
  "APPDATA",
  "CLAUDE_CONFIG_DIR",
  "CODEX_HOME",
  "XDG_CONFIG_HOME",
  // Whether, and how, a browser that the person sees can be opened.
  "DISPLAY",
  "KUBERNETES_SERVICE_HOST",
  "PATH",
  "PATHEXT",
  "SSH_CLIENT",
  "SSH_CONNECTION",
  "SSH_TTY",
  "WAYLAND_DISPLAY",
  "WSL_DISTRO_NAME",
  "container",
  // What the terminal can show.
  "COLUMNS",
  "TERM",
  // `commander` asks these before it colours its help.
  "CLICOLOR_FORCE",
  "FORCE_COLOR",
  "NO_COLOR",
] as const;

/**
 * Every permission that the program needs, each with its reason. Executables carry exactly these,
 * `deno.json` repeats them for `deno run -P`, and the documentation is checked against them.
 */
export const neededPermissions: readonly NeededPermission[] = [
  {
    name: "net",
    neededBy: "every start",
    reason: "provider, backend and redirect listener; which hosts they are is a setting",
  },
  {
    name: "env",
    values: [...settingVariables(), ...foreignVariables].toSorted(),
    neededBy: "every start",
    reason: "the settings, the home directory and the colour wishes; no other variable can be read",
  },
  {
    name: "read",
    neededBy: "every start",
    reason: "the stored credentials and the files that settings name; where they lie is a setting",
  },
  {
    name: "write",
    neededBy: "every start",
    reason: "the stored credentials; where they lie is a setting",
  },
  {
    name: "sys",
    values: ["uid"],
    neededBy: "every start",
    reason: "whether the cache directory belongs to the person who started the program",
  },
  {
    name: "run",
    neededBy: "a sign-in in the browser",
    reason: "the browser opener: open, rundll32 or xdg-open, or the command that a setting names",
  },
  {
    name: "ffi",
    neededBy: "one option",
    reason: "the system keychain, with --credential-encryption keychain",
  },
];

/** The permissions as flags of `deno run` and `deno compile`. */
export function permissionFlags(
  permissions: readonly NeededPermission[] = neededPermissions,
): string[] {
  return permissions.map(({ name, values }) =>
    values ? `--allow-${name}=${values.join(",")}` : `--allow-${name}`
  );
}

function settingVariables(): string[] {
  return optionNames.flatMap((name) => {
    const row: SettingOption<unknown> = options[name];
    return row.env ?? [];
  });
}
