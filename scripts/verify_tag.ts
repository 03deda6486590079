/** Checks that a tag, the version and the changelog agree: `deno task verify-tag v1.2.3`. */
import { runScript } from "./build/run_script.ts";
import { checkVersions, readVersionSources } from "./release/versions.ts";
import { root } from "./root.ts";
import { endWithUsage, scriptArguments } from "./script_arguments.ts";

if (import.meta.main) {
  await runScript(async () => {
    const usage = "deno task verify-tag TAG";
    const { words: [tag = endWithUsage(usage)] } = scriptArguments({ usage, words: 1 });
    const { version, date } = checkVersions({ ...await readVersionSources(root), tag });
    console.log(`${tag} is version ${version} of ${date}.`);
  });
}
