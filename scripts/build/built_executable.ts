import { join } from "node:path";
import { targetOf } from "./targets.ts";

/** Where executables are built to, one directory a target, unless told otherwise. */
export function executablesDirectory(root: string): string {
  return join(root, "dist", "executables");
}

/** Where `deno task compile` puts the executable for this machine. */
export function builtExecutable(root: string): string {
  const target = targetOf(Deno.build.target);
  return join(executablesDirectory(root), target.triple, target.executable);
}
