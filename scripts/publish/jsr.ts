import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { originOf } from "../build/origin.ts";
import { copySource } from "../build/source_copy.ts";
import type { ReleaseParts } from "./release_parts.ts";

/** Publishes the source on JSR, with its commit in it; who may do so is known by OIDC. */
export async function publishJsr(
  parts: ReleaseParts,
  options: { dryRun: boolean },
): Promise<void> {
  const { commit } = await originOf(parts.root);
  const stage = await Deno.makeTempDir({ prefix: "authful-jsr-" });
  try {
    await copySource(parts.root, { to: stage, buildInfo: { channel: "jsr", commit } });
    for (const file of ["README.md", "LICENSE"]) {
      await copyFile(join(parts.root, file), join(stage, file));
    }
    const flags = options.dryRun ? ["--dry-run"] : [];
    await parts.run([Deno.execPath(), "publish", "--allow-dirty", ...flags], { cwd: stage });
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}
