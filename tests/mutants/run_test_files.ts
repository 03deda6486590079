import { join } from "node:path";
import type { RepositoryCopy } from "./repository_copy.ts";

/** What {@linkcode runTestFiles} is told. */
export interface RunOptions {
  /** The copy of the repository to run them in. */
  copy: RepositoryCopy;
  /** In milliseconds; what takes longer is ended. */
  limit: number;
  /** Where coverage goes, that of the processes that tests start included; none is taken without. */
  coverage?: string;
}

/** How a run of test files ended. */
export interface RunResult {
  outcome: "passed" | "failed" | "too long";
  /** In milliseconds. */
  took: number;
  /** The file and the name of the first test that failed, as far as it is known. */
  failedFile?: string;
  failedTest?: string;
  /** What the tests printed. */
  output: string;
}

/** Runs test files one after the other, as they are given, up to the first failure. */
export async function runTestFiles(
  files: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { copy, limit, coverage } = options;
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--no-check",
      "--cached-only",
      "--fail-fast",
      "--allow-all",
      "--config",
      join("tests", "deno.json"),
      ...coverage ? [`--coverage=${coverage}`, "--coverage-raw-data-only"] : [],
      ...files,
    ],
    cwd: copy.root,
    env: { NO_COLOR: "1", ...coverage ? { DENO_COVERAGE_DIR: coverage } : {} },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A group of its own, which can be ended as a whole.
    detached: true,
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    try {
      new Deno.Command("kill", { args: ["-KILL", "--", `-${child.pid}`], stderr: "null" })
        .outputSync();
    } finally {
      copy.endProcesses();
    }
  }, limit);
  try {
    const { success, stdout, stderr } = await child.output();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    const took = performance.now() - began;
    if (isLate) return { outcome: "too long", took, output };
    if (success) return { outcome: "passed", took, output };
    const [, failedTest, failedFile] =
      /^(.+) => (?:\.\/)?(tests\/[^:\n]+):\d+:\d+$/m.exec(output) ?? [];
    const [, broken] = /^(?:\.\/)?(tests\/\S+_test\.ts) \(uncaught error\)/m.exec(output) ?? [];
    return { outcome: "failed", took, failedFile: failedFile ?? broken, failedTest, output };
  } finally {
    clearTimeout(timer);
    copy.endProcesses();
  }
}
