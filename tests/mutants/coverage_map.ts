/**
 * Which test files run which lines of the program, kept in `tests/mutants/coverage.txt`.
 *
 * The map is large when it is written down line by line and test by test. Most lines of a file are
 * run by the same tests, so that it says for each file of the program which lines have the same
 * tests, and for each such group the tests as bits, in base64. It holds the hash of each file: what
 * it says of a file that has changed since is taken for the whole file, and a test that it does not
 * know is taken for what it imports, so that a stale map costs time and misses nothing that is there.
 *
 * @module
 */
import { join } from "node:path";
import { repository } from "../support/paths.ts";

/** A test file as the map has it. */
export interface MappedTest {
  file: string;
  hash: string;
  /** How long it took when the map was made. */
  seconds: number;
}

/** What runs a line. */
export interface CoverageMap {
  /** All test files that the map knows. */
  tests: readonly MappedTest[];
  /** By file of the program. */
  sources: ReadonlyMap<string, { hash: string; groups: readonly CoveredLines[] }>;
}

/** Lines that the same tests run. */
export interface CoveredLines {
  /** From and to, both included. */
  ranges: readonly (readonly [from: number, to: number])[];
  /** Indexes in {@linkcode CoverageMap.tests}. */
  tests: readonly number[];
}

const path = join(repository, "tests", "mutants", "coverage.txt");

/** The map of this working tree, however old it is. */
export async function readCoverageMap(): Promise<CoverageMap> {
  const tests: MappedTest[] = [];
  const sources = new Map<string, { hash: string; groups: CoveredLines[] }>();
  let groups: CoveredLines[] = [];
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    const [kind, ...words] = line.split(" ");
    if (kind === "test") {
      tests.push({ file: words[0]!, hash: words[1]!, seconds: Number(words[2]) });
    } else if (kind === "source") {
      groups = [];
      sources.set(words[0]!, { hash: words[1]!, groups });
    } else if (kind === "lines") {
      groups.push({ ranges: words[0]!.split(",").map(toRange), tests: fromBits(words[1]!) });
    }
  }
  return { tests, sources };
}

function toRange(text: string): [number, number] {
  const [from, to = from] = text.split("-").map(Number);
  return [from!, to!];
}

/** A test file with the lines of the program that it runs, by file. */
export interface MeasuredTest extends MappedTest {
  lines: ReadonlyMap<string, readonly number[]>;
}

/**
 * Writes the map, from the lines that each test runs. Of tests that were not measured now it keeps what
 * it knew; a file of the program then keeps its hash, too, since lines of another text are among them.
 */
export async function writeCoverageMap(
  measured: readonly MeasuredTest[],
  { before, files }: { before?: CoverageMap; files: ReadonlySet<string> },
): Promise<void> {
  const isNew = new Set(measured.map(({ file }) => file));
  const kept = before
    ? testsIn(before).filter(({ file }) => files.has(file) && !isNew.has(file))
    : [];
  const keptSources = new Set(kept.flatMap(({ lines }) => [...lines.keys()]));
  const tests = [...measured, ...kept].sort((a, b) => a.file < b.file ? -1 : 1);
  const bySource = new Map<string, Map<number, Set<number>>>();
  tests.forEach(({ lines }, index) => {
    for (const [source, numbers] of lines) {
      const byLine = bySource.get(source) ?? new Map<number, Set<number>>();
      bySource.set(source, byLine);
      for (const line of numbers) byLine.set(line, (byLine.get(line) ?? new Set()).add(index));
    }
  });
  const text = ["# Written by `deno task test:mutants --measure`: which tests run which lines."];
  for (const { file, hash, seconds } of tests) text.push(`test ${file} ${hash} ${seconds}`);
  for (const [source, byLine] of [...bySource].sort(([a], [b]) => a < b ? -1 : 1)) {
    const known = keptSources.has(source) ? before?.sources.get(source)?.hash : undefined;
    text.push(`source ${source} ${known ?? await hashOf(source)}`);
    const groups = new Map<string, number[]>();
    for (const [line, indexes] of [...byLine].sort(([a], [b]) => a - b)) {
      const bits = toBits(indexes, tests.length);
      groups.set(bits, [...groups.get(bits) ?? [], line]);
    }
    for (const [bits, lines] of groups) text.push(`lines ${toRanges(lines)} ${bits}`);
  }
  await Deno.writeTextFile(path, text.join("\n") + "\n");
}

/** The map the other way round. */
function testsIn({ tests, sources }: CoverageMap): MeasuredTest[] {
  const measured = tests.map((test) => ({ ...test, lines: new Map<string, number[]>() }));
  for (const [source, { groups }] of sources) {
    for (const { ranges, tests } of groups) {
      const numbers = ranges.flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index)
      );
      for (const index of tests) {
        const { lines } = measured[index]!;
        lines.set(source, [...lines.get(source) ?? [], ...numbers]);
      }
    }
  }
  return measured;
}

/** The hash of a file of the working tree: enough of it to see a change. */
export async function hashOf(file: string): Promise<string> {
  const bytes = await Deno.readFile(join(repository, file));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The indexes of the tests that may notice a change in this line. */
export function testsOf(
  map: CoverageMap,
  place: { file: string; line: number; isChanged: boolean },
): number[] {
  const source = map.sources.get(place.file);
  if (!source) return [];
  const { groups } = source;
  const ofLine = groups.filter(({ ranges }) =>
    ranges.some(([from, to]) => place.line >= from && place.line <= to)
  );
  // Without a test of the line (its process was killed, or the file is another one now): of the file.
  const found = place.isChanged || ofLine.length === 0 ? groups : ofLine;
  return [...new Set(found.flatMap(({ tests }) => tests))];
}

function toRanges(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

function toBits(indexes: ReadonlySet<number>, count: number): string {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (const index of indexes) bytes[index >> 3]! |= 1 << (index & 7);
  return btoa(String.fromCharCode(...bytes));
}

function fromBits(text: string): number[] {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const indexes: number[] = [];
  bytes.forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit++) if (byte & 1 << bit) indexes.push(8 * at + bit);
  });
  return indexes;
}
