/**
 * This machine with a layer on top of it, in which root and users can do as they like: the real file
 * system stays as it is, and the layer has what was changed. For that, the tests must run as root on
 * Linux.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { within } from "./within.ts";

/** Such a machine. */
export interface LayeredMachine extends AsyncDisposable {
  /** Adds a user with a home directory, as `useradd` does. */
  addUser(name: string): Promise<void>;
  /** Where something of the machine can be reached from outside. */
  path(inside: string): string;
  /** Makes a directory of the real machine appear at the same place, with what happens in it. */
  share(directory: string): Promise<void>;
  /** What starts a program as a user, in their home; its arguments follow. */
  command(user: string): [string, ...string[]];
  /** Runs a shell script as a user, with what a login sets and `env`. */
  run(user: string, script: string, env?: Readonly<Record<string, string>>): Promise<ShellOutcome>;
  /**
   * All that differs from the real machine, by path: the kind, the owner, the mode, and for a file
   * when it was written and what is in it.
   */
  changes(): Promise<Map<string, string>>;
}

/** What a shell script came to. */
export interface ShellOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a login sets. */
export function loginVariables(user: string): Record<string, string> {
  return {
    HOME: homeOf(user),
    USER: user,
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  };
}

/** The home directory of a user of such a machine. */
export function homeOf(user: string): string {
  return user === "root" ? "/root" : `/home/${user}`;
}

// A layer cannot lie on the file system below it; this one is always in memory.
const memory = "/dev/shm";

const mountLayer = [
  'mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/merged"',
  'mount --rbind /dev "$1/merged/dev"',
  'mount --rbind /proc "$1/merged/proc"',
].join(" && ");

/** Whether such a machine can be made here. */
export const canLayerMachine = Deno.build.os === "linux" && Deno.uid() === 0 && isPossible();

function isPossible(): boolean {
  try {
    const directory = Deno.makeTempDirSync({ dir: memory });
    try {
      for (const name of ["upper", "work", "merged"]) Deno.mkdirSync(join(directory, name));
      const args = ["--mount", "--propagation", "private", "sh", "-c", mountLayer, "sh", directory];
      return spawnSync("unshare", args).status === 0 &&
        spawnSync("nsenter", ["--version"]).status === 0;
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  } catch {
    return false;
  }
}

/** Makes a {@linkcode LayeredMachine}. */
export async function createLayeredMachine(): Promise<LayeredMachine> {
  const directory = await Deno.makeTempDir({ dir: memory, prefix: "authful-machine-" });
  for (const name of ["upper", "work", "merged"]) await Deno.mkdir(join(directory, name));
  await Deno.chmod(join(directory, "upper"), 0o755);
  const merged = join(directory, "merged");
  // Keeps the mounts as long as this process lives.
  const holder = new Deno.Command("unshare", {
    args: [
      ...["--mount", "--propagation", "private", "sh", "-c"],
      `${mountLayer} && echo ready && exec cat`,
      ...["sh", directory],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = holder.stdout.getReader();
  const end = async () => {
    await holder.stdin.close();
    output.releaseLock();
    await holder.stdout.cancel();
    await holder.status;
    await Deno.remove(directory, { recursive: true });
  };
  const { done } = await within(output.read(), { what: "the machine being mounted" });
  if (done) {
    await end();
    throw new Error("Cannot mount a layer on this machine");
  }
  const inside = (...command: string[]): [string, ...string[]] => [
    "nsenter",
    `--mount=/proc/${holder.pid}/ns/mnt`,
    ...["chroot", merged, ...command],
  ];
  const machine: LayeredMachine = {
    path: (path) => join(directory, "upper", path),
    command: (user) =>
      inside(
        ...["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--"],
        ...["env", `--chdir=${homeOf(user)}`],
      ),
    async addUser(name) {
      const { code, stderr } = await machine.run("root", `useradd --create-home ${name}`);
      if (code !== 0) throw new Error(stderr);
    },
    async share(path) {
      const script = 'mkdir -p "$1$2" && mount --rbind "$2" "$1$2"';
      const { success } = await new Deno.Command("nsenter", {
        args: [`--mount=/proc/${holder.pid}/ns/mnt`, "sh", "-c", script, "sh", merged, path],
      }).output();
      if (!success) throw new Error(`Cannot share ${path}`);
    },
    async run(user, script, env = {}) {
      const [command, ...args] = machine.command(user);
      const { code, stdout, stderr } = await new Deno.Command(command, {
        args: [...args, "sh", "-e", "-c", script],
        env: { ...loginVariables(user), ...env },
        clearEnv: true,
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    async changes() {
      const found = new Map<string, string>();
      const upper = join(directory, "upper");
      const walk = async (path: string) => {
        for await (const { name } of Deno.readDir(join(upper, path))) {
          const inside = join(path, name);
          const description = await described(join(upper, inside));
          const isDirectory = description.startsWith("directory");
          // A layer has every directory above what was changed.
          const isSame = isDirectory &&
            description === await described(inside).catch(() => undefined);
          if (!isSame) found.set(inside, description);
          if (isDirectory) await walk(inside);
        }
      };
      await walk("/");
      return found;
    },
    [Symbol.asyncDispose]: end,
  };
  return machine;
}

async function described(path: string): Promise<string> {
  const { isDirectory, isSymlink, isCharDevice, isFile, mode, uid, gid, mtime } = await Deno.lstat(
    path,
  );
  // How a layer says that something of the machine below it was removed.
  if (isCharDevice) return "removed";
  const rights = `${uid}:${gid} ${(mode! & 0o7777).toString(8)}`;
  if (isDirectory) return `directory ${rights}`;
  if (isSymlink) return `link to ${await Deno.readLink(path)}`;
  if (!isFile) return `other ${rights}`;
  const hash = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  return `file ${rights} ${mtime?.getTime()} ${hash}`;
}

/** What is of one list of changes and not as it is in another, path by path. */
export function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}
