import { equal } from "node:assert/strict";
import { join } from "node:path";
import { buildExecutable } from "../../../scripts/build/executable.ts";
import { originOf } from "../../../scripts/build/origin.ts";
import { targets } from "../../../scripts/build/targets.ts";
import { findToolchain } from "../../../scripts/build/toolchain.ts";
import { sha256 } from "../../../scripts/package/checksums.ts";

const root = join(import.meta.dirname!, "..", "..", "..");
const toolchain = await findToolchain((name) => Deno.env.get(name));

for (const target of targets) {
  Deno.test({
    name: `${target.triple}: the same commit gives the same bytes, whenever and wherever it is ` +
      "built (needs a runtime base for it in DENORT_BIN or DENORT_BASES)",
    ignore: !toolchain.runtimeBases?.has(target),
    async fn() {
      const origin = await originOf(root);
      const sums: string[] = [];
      for (let build = 0; build < 2; build++) {
        const to = await Deno.makeTempDir({ prefix: `authful-build-${build}-` });
        try {
          const executable = await buildExecutable(root, target, { to, origin, toolchain });
          sums.push(await sha256(await Deno.readFile(executable)));
        } finally {
          await Deno.remove(to, { recursive: true });
        }
      }
      equal(sums[0], sums[1]);
    },
  });
}
