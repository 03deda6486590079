import assert from "node:assert/strict";
import { join } from "node:path";
import { equivalentMutants } from "./mutants/equivalent_mutants.ts";
import { findMutants } from "./mutants/find_mutants.ts";
import { repository } from "./support/paths.ts";

Deno.test("every mutant of the reviewed list is one of the program as it is, and stands there once", async () => {
  const gone: string[] = [];
  const seen = new Set<string>();
  for (const { file, line, change } of equivalentMutants) {
    const code = await Deno.readTextFile(join(repository, file));
    const lines = code.split("\n");
    const isFound = findMutants(file, code).some((mutant) =>
      mutant.change === change && lines[mutant.line - 1]!.trim() === line
    );
    const name = `${file}: ${line} ${change}`;
    if (!isFound || seen.has(name)) gone.push(name);
    seen.add(name);
  }
  assert.deepEqual(gone, [], "take it from the list: the code that it was reviewed in has changed");
});
