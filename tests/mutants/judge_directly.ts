import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Candidate } from "./judge_mutant.ts";
import { compilingMutants } from "./compiling_mutants.ts";
import type { DirectFinding, DirectRun } from "./direct_tests.ts";
import type { Mutant } from "./mutant.ts";
import type { RepositoryCopy } from "./repository_copy.ts";
import { switchedCode } from "./switched_code.ts";

/** What became of the mutants of a file. */
export interface DirectVerdicts {
  killed: { mutant: Mutant; by: string }[];
  survived: { mutant: Mutant; tests: number }[];
  /** The test files that judged. */
  files: string[];
  /** Tests that cannot be run twice in one process, and so did not. */
  unfit: string[];
}

/** A process that tries one mutant for longer hangs; in milliseconds. */
const hanging = 30_000;
/** The same of what comes before the first mutant: reading the files and two rounds of all tests. */
const loading = 180_000;

/**
 * Judges all mutants of a file by tests that run in one process: quick, and without what only a process
 * of its own shows. Those that survive here may be noticed by other tests, and those that do not
 * compile are among the killed.
 */
export async function judgeDirectly(
  mutants: readonly Mutant[],
  { candidates, copy }: { candidates: readonly Candidate[]; copy: RepositoryCopy },
): Promise<DirectVerdicts> {
  const file = mutants[0]!.file;
  const path = join(copy.root, file);
  const original = await Deno.readTextFile(path);
  const { code, left } = switchedCode(original, mutants);
  const files = candidates.map(({ file }) => file);
  const verdicts: DirectVerdicts = { killed: [], survived: [], files, unfit: [] };
  const judged = new Map<number, { killedBy?: string; tests: number }>();
  const addresses = files.map((file) => pathToFileURL(join(copy.root, file)).href);
  await Deno.writeTextFile(path, code);
  try {
    const withoutSwitch = new Set(left);
    let open = mutants.map((_, index) => index).filter((index) => !withoutSwitch.has(index));
    let atStart: number[] = [];
    while (open.length > 0 && files.length > 0) {
      const before = open.length;
      for await (const finding of findings({ files: addresses, mutants: open }, copy)) {
        if (finding.kind === "loaded") {
          ({ atStart } = finding);
          verdicts.unfit = finding.unfit;
        }
        if (finding.kind === "judged") judged.set(finding.mutant, finding);
      }
      open = open.filter((index) => !judged.has(index));
      if (open.length === before) break;
    }
    for (const mutant of atStart) {
      if (judged.get(mutant)?.killedBy !== undefined) continue;
      const run = { files: addresses, mutants: [], fromTheStart: mutant };
      for await (const finding of findings(run, copy)) {
        if (finding.kind === "judged") judged.set(mutant, finding);
      }
    }
  } finally {
    await Deno.writeTextFile(path, original);
  }
  const survivors: Mutant[] = [];
  for (const [index, mutant] of mutants.entries()) {
    const { killedBy } = judged.get(index) ?? {};
    if (killedBy === undefined) survivors.push(mutant);
    else verdicts.killed.push({ mutant, by: killedBy });
  }
  for (const mutant of await compilingMutants(survivors, copy)) {
    verdicts.survived.push({ mutant, tests: judged.get(mutants.indexOf(mutant))?.tests ?? 0 });
  }
  return verdicts;
}

/** What a process finds until it ends or hangs; a mutant that makes it hang is killed by that. */
async function* findings(run: DirectRun, copy: RepositoryCopy): AsyncGenerator<DirectFinding> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--cached-only",
      "--allow-all",
      "--config",
      join("tests", "deno.json"),
      join("tests", "mutants", "direct_tests.ts"),
      JSON.stringify(run),
    ],
    cwd: copy.root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  let trying: number | undefined;
  let isHanging = false;
  const giveUp = () => {
    isHanging = true;
    kill();
  };
  let timer = setTimeout(giveUp, loading);
  let rest = "";
  try {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        // A test may have printed something before it.
        const at = line.indexOf("\u0001");
        if (at < 0) continue;
        const finding: DirectFinding = JSON.parse(line.slice(at + 1));
        clearTimeout(timer);
        timer = setTimeout(giveUp, hanging);
        if (finding.kind === "trying") trying = finding.mutant;
        if (finding.kind === "judged" && finding.mutant === trying) trying = undefined;
        if (finding.kind === "worn") trying = undefined;
        yield finding;
      }
    }
    await child.status;
    if (trying !== undefined) {
      const killedBy = isHanging ? "time limit" : "the process ended";
      yield { kind: "judged", mutant: trying, killedBy, tests: 1 };
    }
  } finally {
    clearTimeout(timer);
    kill();
    copy.endProcesses();
  }
}
