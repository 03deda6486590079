/**
 * This machine with a layer on top of it, in which root and users can do as they like: the real file
 * system stays as it is, and the layer has what was changed. For that, the tests must run as root on
 * Linux.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";
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

/** Whether such a machine can be started with systemd. */
export const canStartSystemd = canLayerMachine && existsSync("/usr/lib/systemd/systemd") &&
  existsSync("/sys/fs/cgroup");

// What is not only this machine's own, systemd gets anew or may not write to.
const mountForSystemd = [
  'mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/merged"',
  'cd "$1/merged"',
  "mount -t proc proc proc && mount --bind -o ro proc/sys proc/sys",
  "mount -t tmpfs tmpfs dev && mkdir dev/shm dev/pts && mount -t tmpfs tmpfs dev/shm",
  'for name in null zero full random urandom tty; do touch "dev/$name" && ' +
  'mount --bind "/dev/$name" "dev/$name"; done',
  "mount -t tmpfs -o mode=755 tmpfs run",
  "mount -t sysfs -o ro sysfs sys && mount -t tmpfs tmpfs sys/fs/cgroup",
  "if [ -d /sys/fs/cgroup/systemd ]; then mkdir sys/fs/cgroup/systemd && " +
  "mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd; " +
  "else mount -t cgroup2 cgroup2 sys/fs/cgroup; fi",
  // Credentials are mounted by a process with a namespace of its own.
  "mount --make-rshared .",
].join(" && ");

/** A target that wants nothing: what a machine does when it starts is not to be done here. */
const idleTarget = "[Unit]\nDescription=Nothing\nDefaultDependencies=no\n";

/** What {@linkcode createLayeredMachine} may be told. */
export interface LayeredMachineOptions {
  /** Starts systemd on it, as the first of its processes. */
  systemd?: boolean;
}

/** Makes a {@linkcode LayeredMachine}. */
export async function createLayeredMachine(
  { systemd = false }: LayeredMachineOptions = {},
): Promise<LayeredMachine> {
  const directory = await Deno.makeTempDir({ dir: memory, prefix: "authful-machine-" });
  for (const name of ["upper", "work", "merged"]) await Deno.mkdir(join(directory, name));
  await Deno.chmod(join(directory, "upper"), 0o755);
  const merged = join(directory, "merged");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const group = systemd ? stack.use(await createControlGroup()) : undefined;
  if (systemd) {
    const units = join(directory, "upper/etc/systemd/system");
    await Deno.mkdir(units, { recursive: true });
    await Deno.writeTextFile(join(units, "idle.target"), idleTarget);
  }
  // Keeps the mounts as long as this process lives.
  const holder = new Deno.Command("sh", {
    args: [
      "-c",
      `${group ? 'echo $$ > "$4/cgroup.procs" && ' : ""}exec unshare $3 --mount ` +
      '--propagation private sh -c "$2" sh "$1"',
      ...["sh", directory],
      systemd
        ? `${mountForSystemd} && echo ready && exec chroot . env -i container=docker ` +
          "/usr/lib/systemd/systemd --unit=idle.target"
        : `${mountLayer} && echo ready && exec cat`,
      systemd ? "--pid --fork --kill-child=KILL --uts --ipc --cgroup" : "",
      group?.path ?? "",
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = holder.stdout.getReader();
  stack.defer(async () => {
    await holder.stdin.close();
    output.releaseLock();
    await holder.stdout.cancel();
    if (systemd) holder.kill("SIGKILL");
    await holder.status;
  });
  const { done } = await within(output.read(), { what: "the machine being mounted" });
  if (done) throw new Error("Cannot mount a layer on this machine");
  const inside = (...command: string[]): [string, ...string[]] => [
    "nsenter",
    `--mount=/proc/${holder.pid}/ns/mnt`,
    ...systemd ? [`--pid=/proc/${holder.pid}/ns/pid_for_children`] : [],
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
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  if (systemd) {
    const isUp = async () => (await machine.run("root", "systemctl list-units")).code === 0;
    await until(isUp, "systemd being up");
  }
  const owned = stack.move();
  return machine;
}

/** A control group of its own, gone with all that systemd makes in it. */
async function createControlGroup(): Promise<AsyncDisposable & { readonly path: string }> {
  const own = "/sys/fs/cgroup/systemd";
  const path = await Deno.makeTempDir({ dir: existsSync(own) ? own : "/sys/fs/cgroup" });
  const remove = async (path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory) await remove(join(path, name));
    }
    // The last process may still be on its way out.
    await until(() => Deno.remove(path).then(() => true, () => false), `${path} being empty`);
  };
  return { path, [Symbol.asyncDispose]: () => remove(path) };
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
