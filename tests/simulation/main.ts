/**
 * `deno task test:simulation`: plays seeds, and shows what happened in one.
 *
 *     deno task test:simulation                     100,000 seeds
 *     deno task test:simulation --seeds 5000        as many, on all cores
 *     deno task test:simulation --from 7000         beginning with this one
 *     deno task test:simulation --seed 1234         one, with its trace
 *
 * @module
 */
import { parseArgs } from "node:util";
import { bundleProgram, loadProgram } from "./load_program.ts";
import { simulate } from "./simulate.ts";
import type { Job, Report } from "./worker.ts";

/** So many failures are enough to look into. */
const maxFailures = 5;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "100000" },
    from: { type: "string", default: "1" },
  },
});

Deno.exit(
  await (values.seed !== undefined
    ? replay(numberOf(values.seed))
    : playAll(numberOf(values.from), numberOf(values.seeds))),
);

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`${text} is no seed: it takes whole numbers from 0`);
  Deno.exit(2);
}

/** Plays one seed and prints everything that happened in it. */
async function replay(seed: number): Promise<number> {
  const { trace, hash, violation, events } = await simulate(await loadProgram(), seed, {
    keepTrace: true,
  });
  console.log(trace.join("\n"));
  console.log(`\nseed ${seed}: ${events} events, trace ${hash}`);
  console.log(violation === undefined ? "all invariants hold" : `violated: ${violation}`);
  return violation === undefined ? 0 : 1;
}

/** Plays many seeds, on all cores. */
async function playAll(from: number, count: number): Promise<number> {
  const began = performance.now();
  const bundled = await bundleProgram();
  const failures: [number, string][] = [];
  let done = 0;
  let told = 0;
  const cores = Math.min(navigator.hardwareConcurrency, count);
  await Promise.all(Array.from({ length: cores }, (_, core) => {
    const job: Job = { bundled, first: from + core, step: cores, end: from + count, maxFailures };
    return inWorker(job, (report) => {
      if (report.kind === "failure") {
        failures.push([report.seed, report.violation]);
        console.log(`seed ${report.seed}: ${report.violation}`);
      } else if (report.kind === "progress") {
        done += report.count;
        if (done - told < 5_000) return;
        told = done;
        console.log(`${done} of ${count} seeds`);
      }
    });
  }));
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${done} seeds in ${seconds.toFixed(0)} s on ${cores} cores, ${failures.length} failed`,
  );
  if (failures.length === 0) return 0;
  const [seed] = failures.map(([seed]) => seed).sort((one, other) => one - other);
  console.log(`\nThe first, ${seed}, once more with its trace:\n`);
  await replay(seed);
  console.log(`\nTo replay it: deno task test:simulation --seed ${seed}`);
  return 1;
}

function inWorker(job: Job, onReport: (report: Report) => void): Promise<void> {
  const worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Report>) => {
      if (data.kind !== "end") return onReport(data);
      worker.terminate();
      resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.postMessage(job);
  });
}
