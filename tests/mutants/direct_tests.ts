/**
 * Runs tests again and again in one process, with another mutant switched on each time. It is told on its
 * first argument, as JSON, what to run, and prints what it finds, a line of JSON each. Whoever starts it
 * ends it when a mutant makes it hang.
 *
 * @module
 */
import { switchName } from "./switched_code.ts";

/** What the process is told. */
export interface DirectRun {
  /** The test files, as addresses. */
  files: readonly string[];
  /** The indexes of the mutants to try. */
  mutants: readonly number[];
  /** A mutant that is on from the start, while files are read, and is the only one to be tried. */
  fromTheStart?: number;
}

/** What the process prints. */
export type DirectFinding =
  | { kind: "loaded"; tests: number; unfit: string[]; atStart: number[] }
  | { kind: "trying"; mutant: number }
  | { kind: "judged"; mutant: number; killedBy?: string; tests: number }
  /** What the tests have left behind lets them fail without any mutant: go on in another process. */
  | { kind: "worn" };

type Body = (context: Context) => void | Promise<void>;

interface Test {
  name: string;
  file: string;
  body: Body;
  /** In milliseconds, without a mutant. */
  took: number;
  reached: Set<number>;
}

/** As much of Deno's own as the tests use. */
interface Context {
  name: string;
  step(...words: readonly unknown[]): Promise<boolean>;
}

/** A test that takes longer than this and ten times what it takes without a mutant hangs; milliseconds. */
const patience = 3000;

/** So long may the tests of one mutant take in all, as they take without one; in milliseconds. */
const effort = 1500;

const print = (finding: DirectFinding) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`\u0001${JSON.stringify(finding)}\n`));

if (import.meta.main) await run(JSON.parse(Deno.args[0]!));

async function run({ files, mutants, fromTheStart }: DirectRun): Promise<void> {
  let on = fromTheStart ?? -1;
  let reached = new Set<number>();
  (globalThis as Record<string, unknown>)[switchName] = (index: number) => {
    reached.add(index);
    return index === on;
  };
  Deno.exit = (() => {
    throw new Error("The program has ended.");
  }) as typeof Deno.exit;
  const tests = await load(files);
  const atStart = [...reached];
  const fails = async (test: Test): Promise<boolean> => {
    const began = performance.now();
    reached = new Set();
    const passes = await passesInTime(test);
    test.took = Math.max(test.took, performance.now() - began);
    for (const index of reached) test.reached.add(index);
    return !passes;
  };
  if (fromTheStart !== undefined) {
    print({ kind: "trying", mutant: fromTheStart });
    let killedBy: string | undefined = tests.length === 0 ? "cannot be loaded" : undefined;
    for (const test of tests) {
      if (killedBy === undefined && await fails(test)) killedBy = `${test.file}: ${test.name}`;
    }
    print({ kind: "judged", mutant: fromTheStart, killedBy, tests: tests.length });
    Deno.kill(Deno.pid, "SIGKILL");
  }
  // Twice: what a test leaves behind must not let it fail the next time.
  const unfit = new Set<Test>();
  for (let round = 0; round < 2; round++) {
    for (const test of tests) if (!unfit.has(test) && await fails(test)) unfit.add(test);
  }
  // Those of the first file are asked first, which is the nearest; all others as they are quick.
  const rank = ({ file, took }: Test) => file === tests[0]?.file ? took / 100 : took;
  const fit = tests.filter((test) => !unfit.has(test)).sort((a, b) => rank(a) - rank(b));
  const nameOf = ({ file, name }: Test) => `${file}: ${name}`;
  print({ kind: "loaded", tests: fit.length, unfit: [...unfit].map(nameOf), atStart });
  for (const mutant of mutants) {
    print({ kind: "trying", mutant });
    let spent = 0;
    const those = fit.filter((test) => test.reached.has(mutant) && (spent += test.took) <= effort);
    let killer: Test | undefined;
    on = mutant;
    for (const test of those) {
      if (!await passesInTime(test)) {
        killer = test;
        break;
      }
    }
    on = -1;
    const isWorn = killer !== undefined && !await passesInTime(killer);
    // In a process where others were tried before, it may be they that are noticed.
    if (!isWorn || mutant === mutants[0]) {
      print({ kind: "judged", mutant, killedBy: killer && nameOf(killer), tests: those.length });
    }
    if (isWorn) {
      print({ kind: "worn" });
      break;
    }
  }
  // Whatever is still open.
  Deno.kill(Deno.pid, "SIGKILL");
}

async function load(files: readonly string[]): Promise<Test[]> {
  const tests: Test[] = [];
  let file = "";
  const add = (...words: readonly unknown[]) => {
    const { name, body, ignore } = definitionOf(words);
    if (!body || ignore) return;
    tests.push({ name, file, body, took: 0, reached: new Set() });
  };
  Object.defineProperty(Deno, "test", { value: Object.assign(add, { ignore() {}, only: add }) });
  for (const each of files) {
    file = /tests\/.*/.exec(each)?.[0] ?? each;
    try {
      await import(each);
    } catch {
      // It cannot judge then.
    }
  }
  return tests;
}

function definitionOf(words: readonly unknown[]): { name: string; body?: Body; ignore?: boolean } {
  const body = words.find((word): word is Body => typeof word === "function");
  const options = words.find((word) => typeof word === "object" && word !== null) as
    | { name?: string; fn?: Body; ignore?: boolean }
    | undefined;
  const text = words.find((word) => typeof word === "string");
  return {
    name: text ?? options?.name ?? body?.name ?? "",
    body: body ?? options?.fn,
    ignore: options?.ignore,
  };
}

async function passesInTime({ name, body, took }: Test): Promise<boolean> {
  let isFine = true;
  const uncaught = (event: Event) => {
    event.preventDefault();
    isFine = false;
  };
  const context: Context = {
    name,
    async step(...words) {
      const { name, body, ignore } = definitionOf(words);
      if (body && !ignore) await body({ ...context, name });
      return true;
    },
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error("too long")), patience + 10 * took);
  });
  addEventListener("error", uncaught);
  addEventListener("unhandledrejection", uncaught);
  try {
    await Promise.race([body(context), late]);
    return isFine;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    removeEventListener("error", uncaught);
    removeEventListener("unhandledrejection", uncaught);
  }
}
