/**
 * Compares this proxy with other ways to the same backend, all in one run:
 *
 *     deno task bench            everything, about 20 minutes
 *     deno task bench --quick    the same with few samples, about 2 minutes
 *
 * `--only start,calls` takes some groups of figures (start, round-trips, calls, big, renewal,
 * residence, many), `--subjects source,sdk` some subjects, `--executable FILE` a standalone
 * executable to measure. Writes the table to stdout and docs/performance.md and everything to
 * `bench/results.json`; a quick or partial run writes to stdout and `tmp/bench/results.json`.
 * `--only round-trips` alone takes the place of those in the last whole run, since these figures
 * tell little of the machine. `--render` measures nothing and writes the tables of the last run
 * again.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureBigMessages } from "./figures/big_messages.ts";
import { measureCalls } from "./figures/calls.ts";
import type { Failure, Plan, Recorder } from "./figures/figure.ts";
import { measureManyIdle } from "./figures/many_idle.ts";
import { measureRenewal } from "./figures/renewal.ts";
import { measureResidence } from "./figures/residence.ts";
import { measureRoundTrips } from "./figures/round_trips.ts";
import { measureStart } from "./figures/start.ts";
import { evaluatedScripts } from "./counts/runs.ts";
import { bytesOf } from "./measure/bytes_of.ts";
import { summarize } from "./measure/statistics.ts";
import type { Results } from "./report/results.ts";
import { publish } from "./report/publish.ts";
import { table } from "./report/table.ts";
import { withRoundTrips } from "./report/with_round_trips.ts";
import { judge } from "./report/targets.ts";
import type { Subject } from "./subjects/connection.ts";
import { mcpRemoteVersion, output, prepare } from "./subjects/prepare.ts";
import { root } from "./subjects/programs.ts";

const full: Plan = {
  quick: false,
  repetitions: 7,
  latencyCalls: 300,
  throughputCalls: 1_000,
  inFlight: [1, 16, 64],
  megabytes: [1, 10, 50],
  idleSeconds: 60,
  idleProcesses: 7,
  manyIdle: 100,
  manyCalls: 10_000,
};

const quick: Plan = {
  quick: true,
  repetitions: 3,
  latencyCalls: 100,
  throughputCalls: 300,
  inFlight: [1, 16],
  megabytes: [1, 10],
  idleSeconds: 5,
  idleProcesses: 1,
  manyIdle: 10,
  manyCalls: 2_000,
};

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    subjects: { type: "string" },
    executable: { type: "string" },
    render: { type: "boolean", default: false },
  },
});
const published = join(root, "bench/results.json");
const isOfRoundTrips = flags.only === "round-trips" && !flags.quick && !flags.subjects;
const isPartial = !isOfRoundTrips && (flags.quick || flags.only || flags.subjects);
const file = isPartial ? join(root, "tmp/bench/results.json") : published;
if (!flags.render) {
  const measured = await measure();
  const whole = isOfRoundTrips ? withRoundTrips(await read(published), measured) : measured;
  await Deno.writeTextFile(file, JSON.stringify(whole, null, 2) + "\n");
}
const results = await read(file);
if (!isPartial) await publish(results);
console.log(table(results));

async function read(file: string): Promise<Results> {
  return JSON.parse(await Deno.readTextFile(file));
}

async function measure(): Promise<Results> {
  const plan = flags.quick ? quick : full;
  const samples = new Map<string, Map<string, number[]>>();
  const failures: Failure[] = [];
  const recorder: Recorder = {
    sample(figure, subject, value) {
      const bySubject = samples.get(figure) ?? new Map<string, number[]>();
      samples.set(figure, bySubject);
      bySubject.set(subject, [...bySubject.get(subject) ?? [], value]);
    },
    failure(figure, subject, reason) {
      console.error(`${subject} cannot do ${figure}: ${reason}`);
      failures.push({ figure, subject, reason });
    },
    failed: (figure, subject) =>
      failures.some((failure) => failure.figure === figure && failure.subject === subject),
  };

  await using prepared = await prepare({ executable: flags.executable });
  const chosen = flags.subjects?.split(",");
  const isChosen = ({ id }: Subject) => !chosen || id === "floor" || chosen.includes(id);
  const subjects = prepared.subjects.filter(isChosen);
  const groups: Record<string, () => Promise<void>> = {
    start: () => measureStart(subjects, plan, { recorder, surroundings: prepared.surroundings }),
    "round-trips": () =>
      measureRoundTrips(plan, {
        recorder,
        ...prepared,
        programsIn: (surroundings) => prepared.programsIn(surroundings).filter(isChosen),
      }),
    calls: () => measureCalls(subjects, plan, recorder),
    big: () => measureBigMessages(subjects.filter(({ id }) => id !== "bare"), plan, recorder),
    renewal: () =>
      measureRenewal(subjects, plan, { recorder, surroundings: prepared.surroundings }),
    residence: () => measureResidence(subjects, plan, recorder),
    many: () => measureManyIdle(subjects, plan, recorder),
  };
  for (const [name, measure] of Object.entries(groups)) {
    if (flags.only && !flags.only.split(",").includes(name)) continue;
    console.error(`${new Date().toISOString().slice(11, 19)} ${name} …`);
    await measure();
  }

  const bundleBytes = await bytesOf(prepared.bundle);
  const warmBytes = await bytesOf(
    await evaluatedScripts(prepared.surroundings, { script: prepared.bundle[0], path: "/sse" }),
  );
  recorder.sample("size in bytes", "bundle", bundleBytes);
  recorder.sample("size in bytes of what a warm start loads", "bundle", warmBytes);
  if (prepared.executable) {
    recorder.sample("size in bytes", "executable", (await Deno.stat(prepared.executable)).size);
  }
  const figures: Results["figures"] = {};
  for (const [figure, bySubject] of samples) {
    figures[figure] = {};
    for (const [id, values] of bySubject) figures[figure][id] = summarize(values);
  }
  const ours = subjects.map(({ id }) => id)
    .filter((id) => ["source", "bundle", "executable"].includes(id));
  return {
    date: new Date().toISOString(),
    quick: plan.quick,
    machine: {
      system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
      processors: `${navigator.hardwareConcurrency} × ${cpus()[0]?.model.trim()}`,
      memory: `${Math.round(Deno.systemMemoryInfo().total / 2 ** 30)} GiB`,
    },
    versions: {
      deno: `Deno ${Deno.version.deno} (V8 ${Deno.version.v8})`,
      mcpRemote: `mcp-remote ${mcpRemoteVersion}`,
      node: `Node ${(await output("node", ["--version"]).catch(() => "absent")).trim()}`,
    },
    subjects: {
      ...Object.fromEntries(prepared.subjects.map(({ id, title }) => [id, title])),
      empty: "empty file",
    },
    absent: prepared.absent,
    figures,
    failures,
    targets: judge(figures, { subjects: ours, bundleBytes, warmBytes }),
  };
}
