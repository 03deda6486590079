import { runCommand } from "./running_process.ts";

/** What a counterpart is built or run with. `debian:NAME` is a Debian package. */
export type Toolchain = "node" | "python" | "go" | "cargo" | "maven" | `debian:${string}`;

/** How each says its version, and what it must be at least. */
const known: Record<
  string,
  { commands: [string, ...string[]][]; pattern: RegExp; least: number[] }
> = {
  node: {
    commands: [["node", "--version"], ["npm", "--version"]],
    pattern: /v(\d+)\.(\d+)\.\d+/,
    least: [20],
  },
  python: {
    commands: [["python3", "--version"], ["python3", "-c", "import venv"]],
    pattern: /(\d+)\.(\d+)\.\d+/,
    least: [3, 10],
  },
  go: { commands: [["go", "version"]], pattern: /go(\d+)\.(\d+)/, least: [1, 23] },
  cargo: { commands: [["cargo", "--version"]], pattern: /(\d+)\.(\d+)\.\d+/, least: [1, 80] },
  maven: {
    commands: [["java", "--version"], ["mvn", "--version"]],
    pattern: /(\d+)\.(\d+)\.\d+/,
    least: [17],
  },
};

const found = new Map<Toolchain, Promise<string | undefined>>();

/** The version of a toolchain on this machine; `undefined` where it is absent or too old. */
export function findToolchain(toolchain: Toolchain): Promise<string | undefined> {
  let version = found.get(toolchain);
  if (!version) found.set(toolchain, version = look(toolchain));
  return version;
}

async function look(toolchain: Toolchain): Promise<string | undefined> {
  if (toolchain.startsWith("debian:")) return await findDebianPackage(toolchain.slice(7));
  const { commands, pattern, least } = known[toolchain]!;
  let version: RegExpExecArray | null = null;
  for (const [command, ...args] of commands) {
    const text = await outputOf(command, args);
    if (text === undefined) return;
    version ??= pattern.exec(text);
  }
  if (!version) return;
  const numbers = version.slice(1).map(Number);
  for (const [index, number] of least.entries()) {
    if (numbers[index]! > number) break;
    if (numbers[index]! < number) return;
  }
  return version[0].replace(/^\D+/, "");
}

async function findDebianPackage(name: string): Promise<string | undefined> {
  const query = async () => {
    const text = await outputOf("dpkg-query", ["-W", "-f", "${Status} ${Version}", name]);
    return /^install ok installed (.+)$/m.exec(text ?? "")?.[1];
  };
  const installed = await query();
  // As `.ci/run` does for the default suite: only where the whole machine is ours.
  if (installed || Deno.build.os !== "linux" || Deno.uid() !== 0) return installed;
  const install = ["install", "-y", "-qq", "--no-install-recommends", name];
  if (await outputOf("apt-get", install) === undefined) {
    await outputOf("apt-get", ["update", "-qq"]);
    await outputOf("apt-get", install);
  }
  return await query();
}

/** What a command writes on stdout; `undefined` when it is absent or fails. */
async function outputOf(command: string, args: string[]): Promise<string | undefined> {
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    return (await runCommand({ command, args, env, patience: 300_000 })).stdout;
  } catch {
    return undefined;
  }
}
