/**
 * Builds executables: `deno task compile [--target TRIPLE | --all] [--out DIRECTORY]`.
 *
 * Without `DENORT_BIN` and `DENORT_BASES` Deno downloads the runtime base of each target.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildExecutable } from "./build/executable.ts";
import { executablesDirectory } from "./build/built_executable.ts";
import { originOf } from "./build/origin.ts";
import { runScript } from "./build/run_script.ts";
import { targetOf, targets } from "./build/targets.ts";
import { findToolchain, whyNotBuilt } from "./build/toolchain.ts";

if (import.meta.main) {
  await runScript(async () => {
    const root = resolve(import.meta.dirname!, "..");
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        target: { type: "string", default: Deno.build.target },
        all: { type: "boolean", default: false },
        out: { type: "string", default: executablesDirectory(root) },
      },
    });
    const toolchain = await findToolchain((name) => Deno.env.get(name));
    const origin = await originOf(root);
    for (const target of values.all ? targets : [targetOf(values.target)]) {
      const reason = whyNotBuilt(toolchain, target);
      if (reason) {
        console.error(`${target.triple}: not built, ${reason}`);
        Deno.exitCode = 1;
        continue;
      }
      const to = join(values.out, target.triple);
      await mkdir(to, { recursive: true });
      console.log(await buildExecutable(root, target, { to, origin, toolchain }));
    }
  });
}
