import { basename, join } from "node:path";
import { permissionFlags } from "../../src/platform/permissions.ts";
import { bundle } from "./bundle.ts";
import { project } from "../package/project.ts";
import { addKeychainAddon, addonFile, detachKeychainAddon } from "./keychain_addon.ts";
import { assertNoBuildPaths } from "./build_paths.ts";
import type { Origin } from "./origin.ts";
import { run } from "./run.ts";
import { setTimes } from "./set_times.ts";
import { copySource } from "./source_copy.ts";
import type { Target } from "./targets.ts";
import { type Toolchain, toolchainEnv } from "./toolchain.ts";
import { withWindowsMetadata } from "./windows_metadata.ts";

/** What {@linkcode buildExecutable} needs to know. */
export interface ExecutableOptions {
  /** The directory that the executable is written to. */
  to: string;
  /** What it is built from. */
  origin: Origin;
  /** What compiles. */
  toolchain: Toolchain;
}

/**
 * Builds the executable of one target.
 *
 * @returns its path
 * @throws {Error} when the toolchain cannot build for the target, or the result holds a path of
 *   this machine
 */
export async function buildExecutable(
  root: string,
  target: Target,
  options: ExecutableOptions,
): Promise<string> {
  const { origin, toolchain, to } = options;
  const stage = await Deno.makeTempDir({ prefix: "authful-build-" });
  try {
    const source = join(stage, "source");
    const app = join(stage, "app");
    await copySource(root, {
      to: source,
      buildInfo: { channel: "executable", commit: origin.commit, target: target.triple },
    });
    await detachKeychainAddon(root, source);
    const chunks = await bundle(source, { to: app, external: [] });
    await addKeychainAddon(app, {
      target,
      lock: await Deno.readTextFile(join(root, "deno.lock")),
    });
    await setTimes(app, origin.date);
    const variables = join(stage, "variables.env");
    await Deno.writeTextFile(variables, bakedVariables);
    const output = join(to, target.executable);
    await run([
      toolchain.deno,
      "compile",
      "--quiet",
      ...compileFlags(target, { icon: join(root, "packaging", "windows", "icon.ico") }),
      `--env-file=${variables}`,
      ...[...chunks, addonFile].map((path) => `--include=${basename(path)}`),
      `--output=${output}`,
      "main.js",
    ], { cwd: app, env: toolchainEnv(toolchain, target) });
    if (target.os === "win32") {
      const metadata = { ...project, file: target.executable };
      await Deno.writeFile(output, withWindowsMetadata(await Deno.readFile(output), metadata));
    }
    await assertNoBuildPaths(output, [root, stage, Deno.cwd()]);
    return output;
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/**
 * Variables that the executable sets for itself where the environment does not.
 * Companies put their own authority into the system's store; without this, only Mozilla's count.
 */
const bakedVariables = "DENO_TLS_CA_STORE=system,mozilla\n";

/**
 * How V8 keeps its heap and compiles; what each is worth is in bench/NOTEBOOK.md.
 *
 * What a call leaves behind is garbage at once, so a young generation of 4 MB has room for what many
 * calls at a time need, and collecting the rest early halves what the program holds after many.
 * Waking threads to collect so little takes longer than collecting it. Access to the collector lets
 * the program tidy up when it is idle.
 */
export const v8Flags: readonly string[] = [
  "--min-semi-space-size=4",
  "--max-semi-space-size=4",
  "--heap-growing-percent=30",
  "--no-parallel-scavenge",
  "--expose-gc",
];

/**
 * The flags of `deno compile` that make the executable what it is.
 *
 * @param options the icon of Windows executables, an `.ico` file
 */
export function compileFlags(target: Target, options: { icon: string }): string[] {
  return [
    `--target=${target.triple}`,
    // A question on a terminal that belongs to the client would hang the client.
    "--no-prompt",
    "--unstable-kv",
    ...permissionFlags(),
    `--v8-flags=${v8Flags.join(",")}`,
    // Deno would keep compiled code under a guessable name in the shared temporary directory, where
    // another user of the machine could put code of theirs first.
    "--no-code-cache",
    "--no-check",
    // Nothing of the build machine is consulted: the bundle holds all that the program imports.
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    ...(target.os === "win32" ? [`--icon=${options.icon}`] : []),
  ];
}
