import assert from "node:assert/strict";
import { join } from "node:path";
import { loadProgram, root } from "../../simulation/load_program.ts";
import { runSeeds } from "../../simulation/run_seeds.ts";
import type { Outcome } from "../../simulation/simulate.ts";
import { type BrokenProgram, brokenPrograms } from "./broken_programs.ts";

/** A fault that so many seeds do not show is as good as none, for those who play them. */
const enough = 3_000;

for (const broken of brokenPrograms) {
  Deno.test(`the simulation finds: ${broken.fault}`, async () => {
    const source = await breakProgram(broken);
    try {
      const failures: Outcome[] = [];
      const start = await loadProgram(source);
      const seeds = function* () {
        for (let seed = 1; seed <= enough; seed++) yield seed;
      };
      const played = await runSeeds(start, seeds(), (outcome) => {
        // Another promise may be broken by it first.
        return broken.finds.test(outcome.violation ?? "") && failures.push(outcome) > 0;
      });
      const [failure] = failures;
      assert.ok(failure, `not found in ${played} seeds`);
      console.log(`seed ${failure.seed}: ${failure.violation?.slice(0, 160)}`);
    } finally {
      await Deno.remove(source, { recursive: true });
    }
  });
}

/** A copy of what is bundled, with the fault in it. */
async function breakProgram({ file, change: [before, after] }: BrokenProgram): Promise<string> {
  const copy = await Deno.makeTempDir();
  await copyDirectory(join(root, "src"), join(copy, "src"));
  await Deno.mkdir(join(copy, "tests", "simulation"), { recursive: true });
  for (const name of ["deno.json", "deno.lock", join("tests", "simulation", "program.ts")]) {
    await Deno.copyFile(join(root, name), join(copy, name));
  }
  const path = join(copy, "src", file);
  const text = await Deno.readTextFile(path);
  assert.equal(text.split(before).length, 2, `${file} has this once: ${before}`);
  await Deno.writeTextFile(path, text.replace(before, () => after));
  return copy;
}

async function copyDirectory(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyDirectory(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
