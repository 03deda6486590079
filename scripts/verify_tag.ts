/** Checks that a tag, the version and the changelog agree: `deno task verify-tag v1.2.3`. */
import { resolve } from "node:path";
import { runScript } from "./build/run_script.ts";
import { checkVersions, readVersionSources } from "./release/versions.ts";

if (import.meta.main) {
  await runScript(async () => {
    const [tag] = Deno.args;
    if (!tag) throw new Error("Usage: deno task verify-tag TAG");
    const root = resolve(import.meta.dirname!, "..");
    const { version, date } = checkVersions({ ...await readVersionSources(root), tag });
    console.log(`${tag} is version ${version} of ${date}.`);
  });
}
