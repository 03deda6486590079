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
    neededBy: "every start",
    reason:
      "the settings, the home directory, and the variables that --header refers to, which are the person's choice",
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
    reason:
      "the browser opener: open, rundll32 or xdg-open, or the command that a setting names; " +
      "head, which reads a pasted URL from the terminal; and grep, which on Linux reads whose connection " +
      "it is that begins a sign-in",
  },
  {
    name: "ffi",
    neededBy: "one option",
    reason: "the system keychain, with --credential-encryption keychain",
  },
];

/** The permissions without those that only one option needs: what most people grant. */
export const usualPermissions: readonly NeededPermission[] = neededPermissions
  .filter(({ neededBy }) => neededBy !== "one option");

/** The permissions as flags of `deno run` and `deno compile`. */
export function permissionFlags(
  permissions: readonly NeededPermission[] = neededPermissions,
): string[] {
  return permissions.map(({ name, values }) =>
    values ? `--allow-${name}=${values.join(",")}` : `--allow-${name}`
  );
}
