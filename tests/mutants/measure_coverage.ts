import { join } from "node:path";
import { hashOf, type MeasuredTest, readCoverageMap, writeCoverageMap } from "./coverage_map.ts";
import { copyRepository, type RepositoryCopy, trackedFiles } from "./repository_copy.ts";
import { runTestFiles } from "./run_test_files.ts";

/** Longer than any test file takes. */
const limit = 300_000;

/** The files of the default suite. */
export async function testFiles(): Promise<string[]> {
  const files = await trackedFiles("tests/*_test.ts");
  return files.filter((file) => !/^tests\/(?:long|gateways)\//.test(file));
}

/**
 * Runs test files, each alone, writes into the map what they run, and says which failed: those are not
 * in the map, as they would notice every change. Without words these are the files that the map does
 * not know, or knows as another text; `all` are all.
 */
export async function measureCoverage(
  { jobs, words }: { jobs: number; words: readonly string[] },
): Promise<void> {
  const files = await testFiles();
  const before = await readCoverageMap().catch(() => undefined);
  const wanted: string[] = [];
  for (const file of files) {
    const known = before?.tests.find((test) => test.file === file);
    const isWanted = words.length > 0
      ? words.some((word) => word === "all" || file.startsWith(word))
      : known?.hash !== await hashOf(file);
    if (isWanted) wanted.push(file);
  }
  const left = [...wanted];
  const measured: MeasuredTest[] = [];
  const failed: string[] = [];
  const write = () => writeCoverageMap(measured, { before, files: new Set(files) });
  const work = async () => {
    await using copy = await copyRepository();
    for (let file = left.shift(); file; file = left.shift()) {
      const result = await measureFile(file, copy) ?? await measureFile(file, copy);
      if (result) measured.push(result);
      else failed.push(file);
      const done = measured.length + failed.length;
      console.log(`${done}/${wanted.length} ${file}${result ? ` ${result.seconds} s` : " FAILED"}`);
      // What was measured is kept when the rest cannot be.
      if (done % 20 === 0) await write();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  await write();
  for (const file of failed) console.log(`not measured, because it fails here: ${file}`);
}

async function measureFile(file: string, copy: RepositoryCopy): Promise<MeasuredTest | undefined> {
  const coverage = await Deno.makeTempDir({ prefix: "mutants-coverage-" });
  try {
    const { outcome, took } = await runTestFiles([file], { copy, limit, coverage });
    if (outcome !== "passed") return undefined;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["coverage", coverage, "--lcov", `--include=^file://${copy.root}/src/`],
      cwd: copy.root,
      stderr: "null",
    }).output();
    return {
      file,
      hash: await hashOf(file),
      seconds: Math.round(took / 100) / 10,
      lines: readLcov(new TextDecoder().decode(stdout), copy.root),
    };
  } finally {
    await Deno.remove(coverage, { recursive: true });
  }
}

/** The lines that were run, by file from the root. */
function readLcov(text: string, root: string): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  let current: number[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("SF:")) {
      current = [];
      lines.set(line.slice(3 + join(root, "/").length), current);
    }
    const [, number, count] = /^DA:(\d+),(\d+)/.exec(line) ?? [];
    if (number && count !== "0") current.push(Number(number));
  }
  for (const [file, numbers] of lines) if (numbers.length === 0) lines.delete(file);
  return lines;
}
