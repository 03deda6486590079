/**
 * Installs counterparts once, each into a directory of the cache that is named after what it is
 * made of: another pinned version is another directory.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { fromFileUrl } from "../support/paths.ts";
import type { Counterpart } from "./counterpart.ts";
import { runCommand } from "./running_process.ts";
import { findToolchain } from "./toolchains.ts";

/** Where {@linkcode installCounterpart} installs. */
export interface InstallationOptions {
  /** The cache; {@linkcode cacheDirectory} unless told otherwise. */
  cache?: string;
  /** Finds toolchains; those of this machine unless told otherwise. */
  find?: typeof findToolchain;
  /** Ends the installation. */
  signal: AbortSignal;
}

/** `AUTHFUL_INTEROP_CACHE`, or a folder in the cache directory of whoever runs the harness. */
export function cacheDirectory(): string {
  const { AUTHFUL_INTEROP_CACHE, XDG_CACHE_HOME, HOME = "/tmp" } = Deno.env.toObject();
  return AUTHFUL_INTEROP_CACHE || join(XDG_CACHE_HOME || join(HOME, ".cache"), "authful-interop");
}

/**
 * The directory of a counterpart, installed now unless it was before.
 *
 * @throws {Error} when a toolchain is absent, or the installation fails.
 */
export async function installCounterpart(
  counterpart: Counterpart,
  options: InstallationOptions,
): Promise<string> {
  const { cache = cacheDirectory(), find = findToolchain, signal } = options;
  const versions = await Promise.all(counterpart.toolchains.map(async (toolchain) => {
    const version = await find(toolchain);
    if (version === undefined) throw new Error(`no ${toolchain} on this machine, or too old`);
    return `${toolchain} ${version}`;
  }));
  const directory = join(cache, await keyOf(counterpart, versions));
  const done = `${directory}.installed`;
  await Deno.mkdir(cache, { recursive: true });
  // Two runs at the same time install once; the lock goes with its process.
  using lock = await Deno.open(`${directory}.lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(done)) return directory;
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  await Deno.mkdir(directory);
  await counterpart.install(directory, signal);
  await Deno.writeTextFile(done, "");
  return directory;
}

async function keyOf(counterpart: Counterpart, versions: readonly string[]): Promise<string> {
  const parts: string[] = [...versions];
  for (const file of counterpart.files) {
    parts.push(basename(file.pathname), await Deno.readTextFile(file));
  }
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const folder = counterpart.files[0]
    ? basename(dirname(fromFileUrl(counterpart.files[0])))
    : counterpart.name;
  return `${folder}-${hash.slice(0, 8).toHex()}`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Copies files next to each other into the directory of an installation. */
export async function copyInto(directory: string, files: readonly URL[]): Promise<void> {
  for (const file of files) {
    await Deno.copyFile(file, join(directory, basename(fromFileUrl(file))));
  }
}

/**
 * Installs what `package.json` and `package-lock.json`, being among the files, pin; copies the others.
 * Scripts of packages run only where a package is nothing without them.
 */
export async function installNodePackages(
  directory: string,
  { files, withScripts = false, signal }: {
    files: readonly URL[];
    withScripts?: boolean;
    signal: AbortSignal;
  },
): Promise<void> {
  await copyInto(directory, files);
  await runCommand({
    command: "npm",
    args: [
      "ci",
      ...withScripts ? [] : ["--ignore-scripts"],
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ],
    cwd: directory,
    signal,
  });
}

/** Installs what `requirements.txt`, being among the files, pins into `venv`; copies the others. */
export async function installPythonPackages(
  directory: string,
  { files, signal }: { files: readonly URL[]; signal: AbortSignal },
): Promise<void> {
  await copyInto(directory, files);
  await runCommand({ command: "python3", args: ["-m", "venv", "venv"], cwd: directory, signal });
  await runCommand({
    command: join(directory, "venv", "bin", "python"),
    args: [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "-r",
      "requirements.txt",
    ],
    cwd: directory,
    signal,
  });
}
