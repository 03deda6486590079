import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Target, targets } from "../../scripts/build/targets.ts";
import { standInText } from "../../scripts/release/executables.ts";

/** The executables in the directory that `AUTHFUL_EXECUTABLES` names, by triple. */
export const targetExecutables: ReadonlyMap<string, TargetExecutable> = findExecutables(
  Deno.env.get("AUTHFUL_EXECUTABLES"),
);

/** An executable that was built. */
export interface TargetExecutable {
  /** The platform that it is for. */
  readonly target: Target;
  /** Where it lies. */
  readonly path: string;
}

function findExecutables(directory: string | undefined): Map<string, TargetExecutable> {
  const found = new Map<string, TargetExecutable>();
  if (!directory) return found;
  for (const target of targets) {
    const path = join(directory, target.triple, target.executable);
    if (existsSync(path) && Deno.statSync(path).size > standInText(target).length) {
      found.set(target.triple, { target, path });
    }
  }
  return found;
}
