import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
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
  const codes = new Map<string, string>();
  const written = new Map<string, Mutant>();
  try {
    for (const [index, mutant] of mutants.entries()) {
      const code = codes.get(mutant.file) ?? await Deno.readTextFile(join(copy.root, mutant.file));
      codes.set(mutant.file, code);
      const changed = applyMutant(code, mutant);
      if (!isReadable(changed)) continue;
      const file = mutant.file.replace(/\.ts$/, `.mutant_${index}.ts`);
      await Deno.writeTextFile(join(copy.root, file), changed);
      written.set(file, mutant);
    }
    const open = new Map(written);
    const wrong = new Set<string>();
    // Of a file that cannot be read nothing more is said, and nothing of all the others either.
    while (open.size > 0) {
      const { failing, unreadable } = await check([...open.keys()], copy);
      for (const file of failing) wrong.add(file);
      if (unreadable.length === 0) break;
      for (const file of unreadable) {
        wrong.add(file);
        if (!open.delete(file)) throw new Error(`cannot be checked: ${file}`);
      }
    }
    return [...written].filter(([file]) => !wrong.has(file)).map(([, mutant]) => mutant);
  } finally {
    for (const file of written.keys()) await Deno.remove(join(copy.root, file)).catch(() => {});
  }
}

function isReadable(code: string): boolean {
  const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true });
  return diagnostics.length === 0;
}

/** What the compiler says of these files: which have faults, and which it cannot even read. */
async function check(
  files: readonly string[],
  copy: RepositoryCopy,
): Promise<{ failing: string[]; unreadable: string[] }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", ...files],
    cwd: copy.root,
    env: { NO_COLOR: "1" },
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  const root = pathToFileURL(join(copy.root, "/")).href;
  const failing: string[] = [];
  const unreadable: string[] = [];
  let code: string | undefined;
  for (const line of output.split("\n")) {
    code = /^(?:error: )?TS(\d+) \[ERROR\]/.exec(line)?.[1] ?? code;
    const [, path] = new RegExp(`${root}(\\S+\\.mutant_\\d+\\.ts)`).exec(line) ?? [];
    if (path === undefined) continue;
    if (code === undefined) unreadable.push(path);
    else if (/^ +at /.test(line) && !leftovers.has(code)) failing.push(path);
  }
  if (!success && code === undefined && unreadable.length === 0) {
    throw new Error(`the compiler says: ${output.slice(0, 500)}`);
  }
  return { failing, unreadable: [...new Set(unreadable)] };
}
