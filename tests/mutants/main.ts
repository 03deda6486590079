/**
 * Tests our tests: changes the program in small ways, in copies of the repository, and says which
 * changes no test notices. `deno task test:mutants [--seed N] [--sample N] [FILE…]`.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../bridge/seeded_random.ts";
import { repository } from "../support/paths.ts";
import { makeCandidates, quickCandidates } from "./candidates.ts";
import { compilingMutants } from "./compiling_mutants.ts";
import { readCoverageMap } from "./coverage_map.ts";
import { equivalentMutants } from "./equivalent_mutants.ts";
import { findMutants } from "./find_mutants.ts";
import { judgeDirectly } from "./judge_directly.ts";
import { judgeMutant, type Verdict } from "./judge_mutant.ts";
import { measureCoverage } from "./measure_coverage.ts";
import type { Mutant } from "./mutant.ts";
import { copyRepository, trackedFiles } from "./repository_copy.ts";
import { judgeSecurityChecks } from "./judge_security_checks.ts";
import { wilsonInterval } from "./wilson_interval.ts";

const usage = `deno task test:mutants [--seed N] [--sample N] [FILE…]
  FILE       only mutants of these files, or of those in these directories: src/oidc
  --seed     which mutants are drawn; another one each time unless told otherwise
  --sample   how many are drawn; 100 unless told otherwise, "all" for every one
  --effort   how long the tests of one mutant may take in all, in seconds; 60 unless told otherwise
  --minutes  after this everything is ended; what is not judged then does not count
  --jobs     how many at the same time; 2 unless told otherwise
  --direct   every mutant of these files, by quick tests in one process: quickly done, to write tests
             by; what survives here may be noticed by others, and nothing is drawn
  --list     names the mutants that would be drawn
  --security breaks each security check of docs/security.md, and expects that its test notices it
  --measure  runs the tests that the map of who runs which line lacks or knows as other texts, and
             writes what they run into it; with FILE… these tests, with "all" every one`;

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    sample: { type: "string", default: "100" },
    effort: { type: "string", default: "60" },
    minutes: { type: "string", default: "600" },
    jobs: { type: "string", default: "2" },
    direct: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    security: { type: "boolean", default: false },
    measure: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  Deno.exit(0);
}

const jobs = Number(values.jobs);
const end = performance.now() + 60_000 * Number(values.minutes);
if (values.measure) {
  await measureCoverage({ jobs, words });
  Deno.exit(0);
}
if (values.security) Deno.exit(await judgeSecurityChecks({ jobs, words }) ? 0 : 1);

const sources = (await trackedFiles("src/*.ts", "main.ts")).filter((file) =>
  words.length === 0 || words.some((word) => file === word || file.startsWith(join(word, "/")))
);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6));
const codes = new Map<string, string>();
for (const file of sources) codes.set(file, await Deno.readTextFile(join(repository, file)));
const all = sources.flatMap((file) => findMutants(file, codes.get(file)!));
if (values.direct) {
  await judgeFilesDirectly();
  Deno.exit(0);
}
const wanted = values.sample === "all" ? all.length : Number(values.sample);
const drawn = await draw(wanted);
console.log(`${all.length} mutants, ${drawn.length} drawn: --seed ${seed} --sample ${wanted}`);
if (values.list) {
  for (const mutant of drawn) console.log(describe(mutant));
  Deno.exit(0);
}

const candidates = await makeCandidates(await readCoverageMap(), sources);
if (candidates.stale.length > 0) {
  console.log(
    `${candidates.stale.length} files have changed since coverage was measured (--measure); ` +
      `what is known of them is taken for all of their lines`,
  );
}
const results: { mutant: Mutant; outcome: Verdict | "equivalent" }[] = [];
const left = [...drawn];
await Promise.all(Array.from({ length: jobs }, work));
report();

/** Judges every mutant of each file by its quick tests, and prints those that survive. */
async function judgeFilesDirectly(): Promise<void> {
  const { of } = await makeCandidates(await readCoverageMap(), sources);
  const open = [...sources];
  const total = { killed: 0, survived: 0, equivalent: 0 };
  await Promise.all(Array.from({ length: jobs }, async () => {
    await using copy = await copyRepository();
    for (let file = open.shift(); file; file = open.shift()) {
      const mutants = all.filter((mutant) => mutant.file === file);
      if (mutants.length === 0) continue;
      const candidates = quickCandidates(mutants, of);
      const { killed, survived, unfit } = await judgeDirectly(mutants, { candidates, copy });
      const real = survived.filter(({ mutant }) => !isEquivalent(mutant));
      total.killed += killed.length;
      total.survived += real.length;
      total.equivalent += survived.length - real.length;
      console.log(`\n${file}: ${killed.length} killed, ${real.length} survived`);
      for (const name of unfit) console.log(`  cannot be run twice: ${name}`);
      for (const { mutant, tests } of real) console.log(`  ${describe(mutant)}: ${tests} tests`);
    }
  }));
  const { killed, survived, equivalent } = total;
  console.log(`\n${killed} killed, ${survived} survived, ${equivalent} equivalent`);
}

/** So many mutants that compile, at random. */
async function draw(count: number): Promise<Mutant[]> {
  const { below } = seededRandom(seed);
  const pool = [...all];
  const drawn: Mutant[] = [];
  await using copy = await copyRepository();
  while (drawn.length < count && pool.length > 0 && performance.now() < end) {
    const next: Mutant[] = [];
    while (next.length < 2 * (count - drawn.length) + 5 && pool.length > 0) {
      const at = below(pool.length);
      next.push(pool[at]!);
      pool[at] = pool.at(-1)!;
      pool.pop();
    }
    drawn.push(...await compilingMutants(next, copy));
  }
  return drawn.slice(0, count);
}

async function work(): Promise<void> {
  await using copy = await copyRepository();
  for (let mutant = left.shift(); mutant; mutant = left.shift()) {
    if (performance.now() > end) return;
    const outcome = isEquivalent(mutant) ? "equivalent" : await judgeMutant(mutant, {
      candidates: candidates.of(mutant),
      effort: Number(values.effort),
      copy,
      end,
    });
    if (typeof outcome !== "string" && outcome.verdict === "unfinished") return;
    results.push({ mutant, outcome });
    const [word, details] = typeof outcome === "string"
      ? [outcome, ""]
      : [outcome.verdict, `${outcome.by ?? ""} (${outcome.took.toFixed(0)} s)`];
    console.log(`${results.length}/${drawn.length} ${word} ${describe(mutant)} ${details}`);
  }
}

function isEquivalent(mutant: Mutant): boolean {
  const line = codes.get(mutant.file)!.split("\n")[mutant.line - 1]!.trim();
  return equivalentMutants.some((each) =>
    each.file === mutant.file && each.line === line && each.change === mutant.change
  );
}

function describe({ file, line, operator, change }: Mutant): string {
  return `${file}:${line} ${change} [${operator}]`;
}

function report(): void {
  const modules = new Map<string, { killed: number; survived: number; equivalent: number }>();
  const total = { killed: 0, survived: 0, equivalent: 0 };
  const survivors: string[] = [];
  for (const { mutant, outcome } of results) {
    const module = mutant.file.split("/").slice(0, 2).join("/");
    const counts = modules.get(module) ?? { killed: 0, survived: 0, equivalent: 0 };
    modules.set(module, counts);
    const kind = typeof outcome === "string" ? outcome : outcome.verdict;
    if (kind === "unfinished") continue;
    counts[kind]++;
    total[kind]++;
    if (typeof outcome === "string" || kind !== "survived") continue;
    const { ran, leftOut } = outcome;
    const tests = ran === 0
      ? "no test runs it"
      : `${ran} test files${leftOut > 0 ? `, ${leftOut} more left out` : ""}`;
    survivors.push(`${describe(mutant)}: ${tests}`);
  }
  console.log(`\n${"module".padEnd(20)} killed  survived  equivalent`);
  for (const [module, counts] of [...[...modules].sort(), ["all", total] as const]) {
    const columns = [
      module.padEnd(20),
      String(counts.killed).padStart(6),
      String(counts.survived).padStart(8),
      String(counts.equivalent).padStart(10),
    ];
    console.log(columns.join("  "));
  }
  if (survivors.length > 0) console.log(`\nsurvived:\n${survivors.sort().join("\n")}`);
  const judged = total.killed + total.survived;
  const { lower, upper } = wilsonInterval(total.killed, judged);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    `\nseed ${seed}: ${total.killed} of ${judged} killed, ` +
      `${percent(judged ? total.killed / judged : 0)}, 95 % interval ${percent(lower)} to ${
        percent(upper)
      }` +
      (results.length < drawn.length
        ? `; ${drawn.length - results.length} not judged in time`
        : ""),
  );
}
