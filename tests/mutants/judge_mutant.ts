import { join } from "node:path";
import { applyMutant } from "./find_mutants.ts";
import type { Mutant } from "./mutant.ts";
import type { RepositoryCopy } from "./repository_copy.ts";
import { runTestFiles } from "./run_test_files.ts";

/** A test file that may notice a mutant. */
export interface Candidate {
  file: string;
  /** How long it takes. */
  seconds: number;
}

/** What became of a mutant. */
export interface Verdict {
  verdict: "killed" | "survived" | "unfinished";
  /** What noticed it. */
  by?: string;
  /** How many test files ran, and how many more would have been there. */
  ran: number;
  leftOut: number;
  /** In seconds. */
  took: number;
}

/** What {@linkcode judgeMutant} is told. */
export interface JudgeOptions {
  candidates: readonly Candidate[];
  effort: number;
  copy: RepositoryCopy;
  /** When to give up; never unless told. */
  end?: number;
}

/** As many as this many files in one process. */
const filesTogether = 12;
/** Files that take longer than this in all run in a process of their own; in seconds. */
const secondsTogether = 5;

/**
 * Runs the tests that may notice a mutant, in this order, until one does. `effort` bounds what they
 * take in all, in seconds: a mutant that is left then has survived, whatever the rest would say. At
 * `end` (of `performance.now()`) what still runs is ended, and it is not known what it would say. A
 * test file kills only when it passes with the program as it is, in the same copy.
 */
export async function judgeMutant(
  mutant: Pick<Mutant, "file" | "start" | "end" | "replacement">,
  options: JudgeOptions,
): Promise<Verdict> {
  const { candidates, effort, copy, end = Infinity } = options;
  const began = performance.now();
  const path = join(copy.root, mutant.file);
  const original = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, applyMutant(original, mutant as Mutant));
  let ran = 0;
  const verdict = (kind: Verdict["verdict"], by?: string): Verdict => ({
    verdict: kind,
    by,
    ran,
    leftOut: candidates.length - ran,
    took: (performance.now() - began) / 1000,
  });
  try {
    let spent = 0;
    while (ran < candidates.length && (spent === 0 || spent + candidates[ran]!.seconds <= effort)) {
      let [count, seconds] = [1, candidates[ran]!.seconds];
      for (const next of candidates.slice(ran + 1, ran + filesTogether)) {
        if (seconds + next.seconds > secondsTogether) break;
        seconds += next.seconds;
        count++;
      }
      const files = candidates.slice(ran, ran + count).map(({ file }) => file);
      // On a busy machine everything takes longer than when it was measured.
      const limit = 30_000 + 6_000 * seconds;
      const run = (files: readonly string[]) =>
        runTestFiles(files, { copy, limit: Math.max(1, Math.min(limit, end - performance.now())) });
      const result = await run(files);
      if (performance.now() >= end) return verdict("unfinished");
      ran += count;
      spent += seconds;
      if (result.outcome === "passed") continue;
      const { failedFile, failedTest } = result;
      const failed = failedFile ? [failedFile] : files;
      // What takes long may fail for other reasons than the mutant: it must do so twice.
      if (result.outcome === "failed" && seconds > secondsTogether) {
        const again = await run(failed);
        if (performance.now() >= end) return verdict("unfinished");
        if (again.outcome === "passed") continue;
      }
      const mutated = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, original);
      const passes = await passesUnchanged(failed, { copy, run });
      if (performance.now() >= end) return verdict("unfinished");
      if (!passes) {
        await Deno.writeTextFile(path, mutated);
        continue;
      }
      if (result.outcome === "too long") {
        return verdict("killed", `${files.join(" ")} (time limit)`);
      }
      return verdict(
        "killed",
        failedFile ? `${failedFile}: ${failedTest ?? "cannot be loaded"}` : files.join(" "),
      );
    }
    return verdict("survived");
  } finally {
    await Deno.writeTextFile(path, original);
  }
}

/** What is known of test files with the program as it is, by copy. */
const known = new WeakMap<RepositoryCopy, Map<string, boolean>>();

/** Whether these test files pass with the program as it is; those that do not prove nothing. */
async function passesUnchanged(
  files: readonly string[],
  { copy, run }: {
    copy: RepositoryCopy;
    run: (files: readonly string[]) => Promise<{ outcome: string }>;
  },
): Promise<boolean> {
  const ofCopy = known.get(copy) ?? new Map<string, boolean>();
  known.set(copy, ofCopy);
  const left = files.filter((file) => ofCopy.get(file) !== true);
  if (left.some((file) => ofCopy.get(file) === false)) return false;
  if (left.length === 0) return true;
  const passes = (await run(left)).outcome === "passed";
  if (passes || left.length === 1) { for (const file of left) ofCopy.set(file, passes); }
  return passes;
}
