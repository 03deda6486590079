/**
 * A machine that an administrator manages: a system configuration file in `/etc`, and users who are
 * not root. The real `/etc` stays as it is, since the program runs in a mount namespace of its own
 * where a copy lies in its place. For that, the tests must run as root on Linux.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { createHome, type Home } from "./home.ts";
import { programCommand, type ProgramSettings } from "./program_command.ts";

/** Whether such a machine can be made here. */
export const canManageMachine = Deno.build.os === "linux" && Deno.uid() === 0 &&
  spawnSync("unshare", ["--mount", "setpriv", "--version"]).status === 0;

/** Where the program looks for the administrator's configuration file. */
export const systemFile = "/etc/authful-mcp-proxy/config.json";

/** A machine that an administrator manages. */
export interface ManagedMachine extends AsyncDisposable {
  /** Where something of `/etc` really lies, to be changed from outside. */
  path(inEtc: string): string;
  /** Writes the administrator's configuration file, as root would: for all to read. */
  writeSystemFile(content: unknown): Promise<void>;
  /** Makes a user with a home directory. */
  addUser(): Promise<MachineUser>;
}

/** A user of the machine who is not root. */
export interface MachineUser {
  /** The user's number. */
  readonly uid: number;
  /** The user's home directory. */
  readonly home: string;
  /** Writes a file of this user's. */
  write(path: string, content: string): Promise<void>;
  /** What starts the program as this user on this machine. */
  settings(more?: Partial<ProgramSettings>): Promise<ProgramSettings>;
}

/** Makes a {@linkcode ManagedMachine}. */
export async function createManagedMachine(): Promise<ManagedMachine> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await createHome());
  const etc = join(directory.path, "etc");
  const { success } = await new Deno.Command("cp", { args: ["-a", "/etc", etc] }).output();
  if (!success) throw new Error("Cannot copy /etc");
  const path = (inEtc: string) => join(etc, inEtc.replace(/^\/etc\/?/, ""));
  let users = 0;
  const owned = stack.move();
  return {
    path,
    async writeSystemFile(content) {
      await Deno.mkdir(dirname(path(systemFile)), { recursive: true, mode: 0o755 });
      const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
      await Deno.writeTextFile(path(systemFile), text, { mode: 0o644 });
      await Deno.chmod(path(systemFile), 0o644);
    },
    async addUser() {
      const home: Home = owned.use(await createHome());
      const uid = 70_000 + users++;
      await Deno.chown(home.path, uid, uid);
      return {
        uid,
        home: home.path,
        async write(path, content) {
          const made = join(home.path, path);
          await Deno.mkdir(dirname(made), { recursive: true });
          await Deno.writeTextFile(made, content);
          await new Deno.Command("chown", { args: ["-R", `${uid}:${uid}`, home.path] }).output();
        },
        async settings(more = {}) {
          const { command, args, env } = await programCommand({ ...more, home: home.path });
          const { DENO_DIR: modules = "/mnt" } = env;
          return {
            ...more,
            home: home.path,
            // Where root has it, others may not look.
            env: { ...env, DENO_DIR: "/mnt", ...more.env },
            args: [],
            command: [
              "unshare",
              ...["--mount", "--propagation", "private", "sh", "-c"],
              'mount --bind "$1" /etc && mount --bind "$2" /mnt && shift 2 && exec setpriv "$@"',
              ...["sh", etc, modules, `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
              ...["--", command, ...args],
            ],
          };
        },
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
