import type { OwnCommand } from "./own_command.ts";

/** Variables that a Deno program needs to find its files, and none that holds a secret. */
const passedOn = [
  "HOME",
  "PATH",
  "TMPDIR",
  "LANG",
  "DENO_DIR",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "DENO_NO_UPDATE_CHECK",
  "XDG_CACHE_HOME",
  // The keychain of Linux is reached by these.
  "DBUS_SESSION_BUS_ADDRESS",
  "XDG_RUNTIME_DIR",
  // Windows starts hardly anything without these.
  "SystemRoot",
  "SystemDrive",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "TEMP",
  "TMP",
];

/**
 * Starts a process that goes on when this one ends, however it ends: in a session of its own (on
 * Windows a process group without a console), with none of our streams and hardly any of our
 * environment, which every program of this user can read.
 *
 * @param args what it is to do; nothing secret, since every user can read it
 * @returns a promise that resolves when it has ended, which keeps nobody running
 * @throws {Error} when it cannot be started
 */
export function startDetached(
  { command, args }: OwnCommand,
  { cwd }: { cwd: string },
): Promise<unknown> {
  const all = Deno.env.toObject();
  const env = Object.fromEntries(
    passedOn.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]),
  );
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  return child.status;
}
