import type { Target } from "./targets.ts";

/** A Deno that compiles, and what it compiles with. */
export interface Toolchain {
  /** The path of the Deno that runs `compile`. */
  deno: string;
  /** The runtime that executables start with; absent when Deno fetches it. */
  runtimeBase?: string;
  /** Variables that Deno needs for it. */
  env: Record<string, string>;
}

/**
 * The toolchain that the environment names: `DENO_STANDALONE` for the Deno that compiles (else the
 * one that runs this) and `DENORT_BIN` for the runtime base (else Deno downloads the one it needs).
 */
export function findToolchain(getEnv: (name: string) => string | undefined): Toolchain {
  const runtimeBase = getEnv("DENORT_BIN") || undefined;
  return {
    deno: getEnv("DENO_STANDALONE") || Deno.execPath(),
    runtimeBase,
    env: runtimeBase ? { DENORT_BIN: runtimeBase } : {},
  };
}

/** Whether the toolchain can build for a target: a given runtime base is of this machine's kind. */
export function canBuild(toolchain: Toolchain, target: Target): boolean {
  return !toolchain.runtimeBase || target.triple === Deno.build.target;
}
