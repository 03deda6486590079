import { join } from "node:path";
import { type Target, targetOf, targets } from "./targets.ts";

/** A Deno that compiles, and what it compiles with. */
export interface Toolchain {
  /** The path of the Deno that runs `compile`. */
  deno: string;
  /** The runtimes that executables start with, by target; absent when Deno fetches them. */
  runtimeBases?: ReadonlyMap<Target, string>;
}

/**
 * The toolchain that the environment names: `DENO_STANDALONE` for the Deno that compiles (else the
 * one that runs this), `DENORT_BIN` for the runtime base of this machine's kind, and `DENORT_BASES`
 * for a directory with `TRIPLE/denort` for any kind. Without either, Deno downloads what it needs.
 *
 * @throws {Error} when there is no runtime base in the directory
 */
export async function findToolchain(
  getEnv: (name: string) => string | undefined,
): Promise<Toolchain> {
  const [base, directory] = [getEnv("DENORT_BIN"), getEnv("DENORT_BASES")];
  const deno = getEnv("DENO_STANDALONE") || Deno.execPath();
  if (!base && !directory) return { deno };
  const runtimeBases = new Map<Target, string>();
  if (base) runtimeBases.set(targetOf(Deno.build.target), base);
  if (directory) {
    for (const target of targets) {
      const path = join(directory, target.triple, "denort");
      if (await isFile(path)) runtimeBases.set(target, path);
    }
    if (runtimeBases.size === 0) {
      throw new Error(`Cannot find TRIPLE/denort in ${directory}, which DENORT_BASES names`);
    }
  }
  return { deno, runtimeBases };
}

/** Why the toolchain cannot build for a target, or nothing when it can. */
export function whyNotBuilt(toolchain: Toolchain, target: Target): string | undefined {
  const { runtimeBases } = toolchain;
  if (!runtimeBases || runtimeBases.has(target)) return undefined;
  return "neither DENORT_BIN nor DENORT_BASES has a runtime base for it";
}

/** The variables that tell Deno to use the target's runtime base. */
export function toolchainEnv(toolchain: Toolchain, target: Target): Record<string, string> {
  const base = toolchain.runtimeBases?.get(target);
  return base ? { DENORT_BIN: base } : {};
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
