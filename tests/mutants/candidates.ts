import { type CoverageMap, hashOf, testsOf } from "./coverage_map.ts";
import type { Candidate } from "./judge_mutant.ts";
import { testFiles } from "./measure_coverage.ts";
import type { Mutant } from "./mutant.ts";

/**
 * Makes what says for a mutant which test files may notice it: those near it, or with a word of
 * the changed text in their name, first, and the quick ones before the slow ones.
 */
export async function makeCandidates(
  map: CoverageMap,
  sources: readonly string[],
): Promise<{ of(mutant: Mutant): Candidate[]; stale: string[] }> {
  const files = new Set(await testFiles());
  const changed = new Set<string>();
  for (const source of sources) {
    if (map.sources.get(source)?.hash !== await hashOf(source)) changed.add(source);
  }
  // A test that the map does not know, or knows as another one, is asked wherever its directory is near.
  const known = new Set<string>();
  for (const { file, hash } of map.tests) {
    if (files.has(file) && hash === await hashOf(file)) known.add(file);
  }
  const unknown = [...files].filter((file) => !known.has(file));
  return {
    stale: [...changed, ...unknown].sort(),
    of(mutant) {
      const { file, line } = mutant;
      const found = new Map<string, number>();
      for (const index of testsOf(map, { file, line, isChanged: changed.has(file) })) {
        const test = map.tests[index]!;
        if (files.has(test.file)) found.set(test.file, test.seconds);
      }
      for (const each of unknown) if (isNear(each, file)) found.set(each, found.get(each) ?? 2);
      const words = wordsOf(`${nameOf(file)} ${mutant.change}`);
      const weight = ({ file: test, seconds }: Candidate) => {
        const isAbout = wordsOf(nameOf(test)).some((word) => words.includes(word));
        const share = isNear(test, file) || isAbout ? seconds / 5 : seconds;
        return test.startsWith("tests/e2e/") ? 2 * share : share;
      };
      return [...found].map(([file, seconds]) => ({ file, seconds }))
        .sort((a, b) => weight(a) - weight(b));
    },
  };
}

/** Longer in all than this is not quick any more; in seconds. */
const quickInAll = 12;

/** Those of the candidates of these mutants, all of one file, that are quick and run in one process. */
export function quickCandidates(
  mutants: readonly Mutant[],
  of: (mutant: Mutant) => readonly Candidate[],
): Candidate[] {
  const found = new Map<string, Candidate>();
  const byLine = new Map(mutants.map((mutant) => [mutant.line, mutant]));
  for (const mutant of byLine.values()) for (const each of of(mutant)) found.set(each.file, each);
  const isQuick = ({ file, seconds }: Candidate) => !file.startsWith("tests/e2e/") && seconds <= 2;
  const { file: source } = mutants[0]!;
  const weight = ({ file, seconds }: Candidate) =>
    nameOf(file) === nameOf(source) ? 0 : isNear(file, source) ? seconds / 20 : seconds;
  const quick = [...found.values()].filter(isQuick).sort((a, b) => weight(a) - weight(b));
  let seconds = 0;
  return quick.filter((each) => (seconds += each.seconds) <= quickInAll);
}

/** Whether a test is in the directory that mirrors that of the file. */
function isNear(test: string, source: string): boolean {
  const directory = (path: string) => path.split("/").slice(1, -1).join("/");
  return directory(test) === directory(source) || nameOf(test) === nameOf(source);
}

/** The words that names are made of, but for short ones, which are in too many. */
function wordsOf(text: string): string[] {
  const words = text.replace(/([a-z])(?=[A-Z])/g, "$1 ").toLowerCase().match(/[a-z]{5,}/g) ?? [];
  return words.filter((word) => word !== "token" && word !== "settings");
}

function nameOf(path: string): string {
  return path.split("/").at(-1)!.replace(/(?:_test)?\.ts$/, "");
}
