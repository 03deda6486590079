import { fileURLToPath } from "node:url";
import { homeDirectory } from "../../platform/paths.ts";
import { programName } from "../../base/version.ts";

/** How a program is started. */
export interface StartCommand {
  /** The executable. */
  command: string;
  /** The arguments in front of its own. */
  args: readonly string[];
  /** What takes the executable away, where an ordinary update of something else does. */
  perishesWith?: string;
}

/** What this program is, for {@linkcode selfCommand}. */
export interface RunningProgram {
  /** Whether it is an executable of its own. */
  standalone: boolean;
  /** The executable: its own, or that of Deno. */
  command: string;
  /** The operating system, as `Deno.build.os` names it. */
  os: string;
  /** Reads an environment variable. */
  env(name: string): string | undefined;
  /** The module that Deno runs. */
  main: URL;
}

const thisProgram = (): RunningProgram => ({
  standalone: Deno.build.standalone,
  command: Deno.execPath(),
  os: Deno.build.os,
  env: (name) => Deno.env.get(name),
  main: new URL("../../../main.ts", import.meta.url),
});

/** How this very program is started by another one, now and after the next update. */
export function selfCommand(
  { standalone, command, os, env, main }: RunningProgram = thisProgram(),
): StartCommand {
  if (standalone) return lastingCommand(command, { os, home: homeDirectory({ os, env }) });
  // Run from the network, it has no path; then its URL is what `deno run` takes.
  const module = main.protocol === "file:" ? fileURLToPath(main) : main.href;
  return { command, args: ["run", "--quiet", "--allow-all", "--unstable-kv", module] };
}

/** What starts an executable also when the place that it runs from is tidied up by who put it there. */
export function lastingCommand(
  path: string,
  { os, home }: { os: string; home?: string },
): StartCommand {
  // The directories from which `npx` and `pnpm dlx` run what is not installed.
  if (/[/\\](?:_npx|dlx)[/\\]/.test(path)) {
    // Many clients start servers in the directory of a project, where npx would run what that has under
    // this name, or ask the registry that its .npmrc names: anybody's, in a repository of theirs.
    const npx = ["npx", "-y", ...home ? ["--prefix", home] : [], programName];
    // There `npx` is a script, which not every client can start by itself.
    const [command, ...args] = os === "windows" ? ["cmd", "/c", ...npx] : npx;
    return { command, args };
  }
  // Homebrew removes the directory of a version with the version.
  const [, prefix, name] = path.match(/(.+)\/Cellar\/([^/]+)\/[^/]+\/bin\/[^/]+$/) ?? [];
  if (prefix) {
    return { command: `${prefix}/opt/${name}/bin/${programName}`, args: [] };
  }
  const perishesWith = ownerOf(path);
  return { command: path, args: [], ...perishesWith && { perishesWith } };
}

/** Who keeps the executable in a directory that goes with one version of something. */
function ownerOf(path: string): string | undefined {
  const forward = path.replaceAll("\\", "/");
  const [, pnpm] = forward.match(/\/\.pnpm\/([^/]+)\/node_modules\//) ?? [];
  if (pnpm) return `${pnpm.replaceAll("+", "/")} of pnpm`;
  for (const [manager, pattern] of versionManagers) {
    const [, version] = forward.match(pattern) ?? [];
    if (version) return `Node.js ${version.replace(/^v/, "")} of ${manager}`;
  }
}

/** Where the managers of Node's versions keep what npm installs for all of a person's projects. */
const versionManagers: readonly (readonly [manager: string, pattern: RegExp])[] = [
  ["nvm", /\/\.?nvm\/(?:versions\/node\/)?(v\d[^/]*)\//i],
  ["fnm", /\/node-versions\/(v\d[^/]*)\/installation\//],
  ["Volta", /\/\.?volta\/tools\/image\/node\/(\d[^/]*)\//i],
  ["asdf", /\/\.asdf\/installs\/nodejs\/(\d[^/]*)\//],
  ["mise", /\/mise\/installs\/node\/(\d[^/]*)\//],
  ["nodenv", /\/\.nodenv\/versions\/(\d[^/]*)\//],
];
