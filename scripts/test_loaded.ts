/**
 * Runs test files over and over on a machine that it keeps busy itself, and prints what failed:
 * `deno task test:loaded tests/e2e/renewal_test.ts`. A test that waits for events passes there as
 * well; one that counts on how long something takes does not.
 */
import { join } from "node:path";
import { root } from "./root.ts";
import { endWithUsage, scriptArguments } from "./script_arguments.ts";

const usage = "deno task test:loaded [--times=50] [--load=N] FILE…";

/** How a run of the files went. */
interface Run {
  passed: boolean;
  /** How long it took, in seconds. */
  seconds: number;
  output: string;
}

async function runTests(files: readonly string[]): Promise<Run> {
  const began = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--config",
      join("tests", "deno.json"),
      "--preload",
      join("tests", "support", "time_limit.ts"),
      "--no-check",
      "-A",
      ...files,
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  return { passed: success, seconds: (performance.now() - began) / 1_000, output };
}

/** Threads that do nothing but compute, until it is disposed of. */
function makeLoad(threads: number): Disposable {
  const workers = Array.from(
    { length: threads },
    () => new Worker("data:application/javascript,for(;;);", { type: "module" }),
  );
  return { [Symbol.dispose]: () => workers.forEach((worker) => worker.terminate()) };
}

function positiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  endWithUsage(usage, `${flag} takes a whole number above 0, not ${JSON.stringify(text)}`);
}

if (import.meta.main) {
  const { flags, words: files } = scriptArguments({
    usage,
    options: { times: { type: "string" }, load: { type: "string" } },
    words: 1_000,
  });
  if (files.length === 0) endWithUsage(usage);
  const times = positiveInteger("--times", flags.times ?? "50");
  const load = positiveInteger("--load", flags.load ?? String(2 * navigator.hardwareConcurrency));

  const failed: { number: number; output: string }[] = [];
  let slowest = 0;
  let total = 0;
  {
    using _load = makeLoad(load);
    for (let number = 1; number <= times; number++) {
      const { passed, seconds, output } = await runTests(files);
      slowest = Math.max(slowest, seconds);
      total += seconds;
      if (!passed) failed.push({ number, output });
      console.log(`${number}/${times} ${passed ? "ok" : "FAILED"} (${seconds.toFixed(1)} s)`);
    }
  }
  for (const { number, output } of failed) console.log(`\n== run ${number}\n${output}`);
  const mean = (total / times).toFixed(1);
  console.log(
    `\n${times - failed.length} of ${times} runs passed beside ${load} busy threads; ` +
      `${mean} s on average, ${slowest.toFixed(1)} s at most`,
  );
  Deno.exit(failed.length === 0 ? 0 : 1);
}
