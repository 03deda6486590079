import { join } from "node:path";
import { applyMutant } from "./find_mutants.ts";
import type { Mutant } from "./mutant.ts";
import type { RepositoryCopy } from "./repository_copy.ts";

/** What is left over when something is dropped: it would still run. */
const leftovers = new Set(["6133", "6138", "6192", "6196", "6198", "6199"]);

/** The compiler takes so many files at once; of many thousands it says nothing at all. */
const together = 200;

/**
 * Those mutants that the compiler lets pass; it notices the others before any test does. Each is put
 * beside the file that it is of, so that one check is enough for many.
 */
export async function compilingMutants(
  mutants: readonly Mutant[],
  copy: RepositoryCopy,
): Promise<Mutant[]> {
  const compiling: Mutant[] = [];
  for (let from = 0; from < mutants.length; from += together) {
    compiling.push(...await compilingTogether(mutants.slice(from, from + together), copy));
  }
  return compiling;
}

async function compilingTogether(
  mutants: readonly Mutant[],
  copy: RepositoryCopy,
): Promise<Mutant[]> {
  const files = mutants.map(({ file }, index) => file.replace(/\.ts$/, `.mutant_${index}.ts`));
  const codes = new Map<string, string>();
  try {
    for (const [index, mutant] of mutants.entries()) {
      const code = codes.get(mutant.file) ?? await Deno.readTextFile(join(copy.root, mutant.file));
      codes.set(mutant.file, code);
      await Deno.writeTextFile(join(copy.root, files[index]!), applyMutant(code, mutant));
    }
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", ...files],
      cwd: copy.root,
      env: { NO_COLOR: "1" },
    }).output();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    const wrong = new Set<number>();
    let code = "";
    for (const line of output.split("\n")) {
      code = /^(?:error: )?TS(\d+) \[ERROR\]/.exec(line)?.[1] ?? code;
      const [, index] = /^ +at file:\S+\.mutant_(\d+)\.ts:/.exec(line) ?? [];
      if (index && !leftovers.has(code)) wrong.add(Number(index));
      // A file that cannot even be read as a module is named in another form.
      const [, broken] = /^error: .*\.mutant_(\d+)\.ts/.exec(line) ?? [];
      if (broken) wrong.add(Number(broken));
    }
    return mutants.filter((_, index) => !wrong.has(index));
  } finally {
    for (const file of files) await Deno.remove(join(copy.root, file)).catch(() => {});
  }
}
