/** Checks that a tag, the version and the changelog agree: `deno task verify-tag v1.2.3`. */
import { resolve } from "node:path";
import { checkVersions, readVersionSources } from "./release/versions.ts";

if (import.meta.main) {
  const [tag] = Deno.args;
  if (!tag) {
    console.error("Usage: deno task verify-tag TAG");
    Deno.exit(2);
  }
  const root = resolve(import.meta.dirname!, "..");
  try {
    const { version, date } = checkVersions({ ...await readVersionSources(root), tag });
    console.log(`${tag} is version ${version} of ${date}.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
