import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buildExecutable } from "../build/executable.ts";
import type { Origin } from "../build/origin.ts";
import { type Target, targets } from "../build/targets.ts";
import { type Toolchain, whyNotBuilt } from "../build/toolchain.ts";

/** The executables of a release. */
export interface Executables {
  /** The bytes for each target. */
  readonly bytes: ReadonlyMap<Target, Uint8Array>;
  /** Why nothing was built for these targets; their bytes are a text that says so. */
  readonly standIns: ReadonlyMap<Target, string>;
}

/**
 * Takes the executables that were built elsewhere.
 *
 * @param directory holds one directory for each target
 * @throws {Error} when one is missing
 */
export async function readExecutables(directory: string): Promise<Executables> {
  const bytes = new Map<Target, Uint8Array>();
  for (const target of targets) {
    const path = join(directory, target.triple, target.executable);
    bytes.set(target, await Deno.readFile(path));
    // An executable that was carried from one machine to another as an artifact has lost its mode.
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
  }
  return { bytes, standIns: new Map() };
}

/** Builds what this machine can build, and lets a text stand in for the rest; not for publishing. */
export async function buildPossibleExecutables(
  root: string,
  options: { toolchain: Toolchain; origin: Origin; to: string },
): Promise<Executables> {
  const bytes = new Map<Target, Uint8Array>();
  const standIns = new Map<Target, string>();
  for (const target of targets) {
    const directory = join(options.to, target.triple);
    await mkdir(directory, { recursive: true });
    try {
      const reason = whyNotBuilt(options.toolchain, target);
      if (reason) throw new Error(reason);
      const path = await buildExecutable(root, target, { ...options, to: directory });
      bytes.set(target, await Deno.readFile(path));
    } catch (error) {
      // With a runtime base at hand nothing needs a download that can fail.
      if (options.toolchain.runtimeBases?.has(target)) throw error;
      standIns.set(target, error instanceof Error ? error.message : String(error));
      bytes.set(target, new TextEncoder().encode(standInText(target)));
      await Deno.writeFile(join(directory, target.executable), bytes.get(target)!);
    }
  }
  return { bytes, standIns };
}

/** What lies in the place of an executable that was not built. */
export function standInText(target: Target): string {
  return `This text stands in for the executable for ${target.triple} in a dry run of a release.\n`;
}
