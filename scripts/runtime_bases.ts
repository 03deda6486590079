/**
 * Gets from the npm registry alone what `deno compile` needs for other platforms:
 * `eval "$(deno task --quiet runtime-bases [--out DIRECTORY])"`.
 *
 * Deno downloads a target's runtime base from a host that closed networks do not reach. This takes
 * the bases out of executables that another project made and publishes on npm, for building and
 * testing on Linux x86_64. Releases are built with those of the pinned Deno.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runScript } from "./build/run_script.ts";
import { root } from "./root.ts";
import { runtimeBaseOf } from "./runtime/base.ts";
import {
  compiler,
  fetchExecutable,
  publishedExecutables,
} from "./runtime/published_executables.ts";
import { scriptArguments } from "./script_arguments.ts";

if (import.meta.main) {
  await runScript(async () => {
    const { flags } = scriptArguments({
      usage: "deno task runtime-bases [--out DIRECTORY]",
      options: { out: { type: "string", default: join(root, "tmp", "runtime-bases") } },
    });
    const out = resolve(flags.out);
    const deno = join(out, "deno");
    const write = async (path: string, content: Uint8Array) => {
      await mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, content, { mode: 0o755 });
    };
    await write(deno, await fetchExecutable(compiler));
    for (const [target, published] of publishedExecutables) {
      const base = runtimeBaseOf(await fetchExecutable(published));
      await write(join(out, target.triple, "denort"), base);
    }
    console.log(`export DENO_STANDALONE='${deno}' DENORT_BASES='${out}'`);
  });
}
