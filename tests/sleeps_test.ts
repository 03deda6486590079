/**
 * No test proves by a pause that something does not happen: on a busy machine it happens later, and
 * the test passes. A test moves the clock, or waits for what would come after.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { repository } from "./support/paths.ts";

/** Pauses that prove nothing, by file and the text of the line that they stand on, each with its reason. */
const allowed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tests/base/timer_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve, 20));":
      "timers are what is tested: the time of the stopped one has to pass",
  },
  "tests/bridge/bridge_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve, 0));":
      "puts a signal behind the end of the input; the test passes in either order",
  },
  "tests/bridge/http/connect_timeout_test.ts": {
    "await Promise.race([Promise.all(filling), new Promise((resolve) => setTimeout(resolve, 300))]);":
      "a queue that is full says so by nothing; what follows asserts that it is",
  },
  "tests/bridge/retry_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve, 300));":
      "lets attempts fail; what is asserted is what comes after",
  },
  "tests/bridge/unending_test.ts": {
    'new Promise((resolve) => setTimeout(resolve, 300, { authorization: "Bearer x" })),':
      "a person who takes longer than a limit that must not count for them",
  },
  "tests/e2e/company_sign_on_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve, 5_000));":
      "lets an access token end, which real programs do by the clock",
    "await new Promise((resolve) => setTimeout(resolve, 5_500));":
      "lets both tokens end, of which nothing tells",
  },
  "tests/e2e/ending_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve, 30));":
      "keeps two signals apart, which the system would join",
  },
  "tests/e2e/instant_start_test.ts": {
    "if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));":
      "lets an access token end, which real programs do by the clock",
  },
  "tests/e2e/renewal_ahead.ts": {
    "await new Promise((resolve) => setTimeout(resolve, begin + call * 100 - Date.now()));":
      "the pace of the calls is what is tested",
  },
  "tests/e2e/restarts.ts": {
    'if (endpoint === "token") await pause(150);': "a provider that takes its time",
    "return new Promise((resolve) => setTimeout(resolve, milliseconds));":
      "the pause of what kills and restarts programs at random",
  },
  "tests/long/e2e/renewal_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve, begin + call * 600 - Date.now()));":
      "the pace of the calls is what is tested",
  },
  "tests/long/e2e/soak_test.ts": {
    "new Promise<void>((resolve) => {":
      "the pace of what makes trouble; what is asserted comes after",
  },
  "tests/oidc/flows/serve_connections_test.ts": {
    "await new Promise((resolve) => setTimeout(resolve));":
      "a turn of the event loop: nothing that is waited for takes time",
  },
  "tests/support/counting_backend.ts": {
    "await new Promise((resolve) => setTimeout(resolve, milliseconds));":
      "a tool that takes so long",
  },
  "tests/support/faults.ts": {
    "await new Promise((resolve) => setTimeout(resolve, 20));":
      "a backend whose answer is there a little later",
  },
};

/** Programs of other suites, which measure, and files that only hold data. */
const elsewhere = /^tests\/(?:conformance|fixtures|interop|mutants)\//;

/** What pauses, by its name. */
const pauses = /^(?:sleep|delay|pause|wait)$/i;

type Node = Deno.lint.Node;

const parentOf = (node: Node): Node | undefined =>
  "parent" in node ? node.parent as Node : undefined;

/** The lines of a test file on which it pauses outside of a loop that asks again. */
function pausesIn(path: string, code: string): string[] {
  const found: string[] = [];
  const ancestors = (node: Node): Node[] => {
    const list: Node[] = [];
    for (let each = parentOf(node); each; each = parentOf(each)) {
      list.push(each);
    }
    return list;
  };
  const isLoop = ({ type }: Node) => /^(?:While|DoWhile|For|ForOf|ForIn)Statement$/.test(type);
  const isFunction = ({ type }: Node) => /Function/.test(type);
  /** Whether it is repeated: between it and the function that pauses there is a loop. */
  const isRepeated = (node: Node) => {
    for (const each of ancestors(node)) {
      if (isLoop(each)) return true;
      // The function of `new Promise((resolve) => …)` is part of the pause.
      if (isFunction(each) && parentOf(each)?.type !== "NewExpression") return false;
    }
    return false;
  };
  const note = (node: Node) => {
    if (isRepeated(node)) return;
    const start = code.lastIndexOf("\n", node.range[0]) + 1;
    const end = code.indexOf("\n", node.range[0]);
    found.push(code.slice(start, end === -1 ? undefined : end).trim());
  };
  Deno.lint.runPlugin(
    {
      name: "pauses",
      rules: {
        collect: {
          create: () => ({
            NewExpression(node) {
              if (node.callee.type !== "Identifier" || node.callee.name !== "Promise") return;
              const [executor] = node.arguments;
              if (!executor || executor.type === "SpreadElement" || !isFunction(executor)) return;
              const [resolve] = "params" in executor ? executor.params : [];
              const name = resolve?.type === "Identifier" ? resolve.name : undefined;
              const text = code.slice(...executor.range);
              if (name && new RegExp(`\\bsetTimeout\\(\\s*(?:\\(\\) => )?${name}\\b`).test(text)) {
                note(node);
              }
            },
            CallExpression(node) {
              const { callee } = node;
              if (callee.type !== "Identifier" || !pauses.test(callee.name)) return;
              if (node.parent.type === "AwaitExpression" && node.arguments[0]?.type === "Literal") {
                note(node);
              }
            },
          }),
        },
      },
    },
    path,
    code,
  );
  return found;
}

async function* testFiles(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(repository, directory))) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* testFiles(path);
    else if (name.endsWith(".ts") && !elsewhere.test(path)) yield path;
  }
}

Deno.test("no test pauses to see that something does not happen", async () => {
  const found: string[] = [];
  const used = new Set<string>();
  for await (const path of testFiles("tests")) {
    const code = await Deno.readTextFile(join(repository, path));
    for (const line of pausesIn(path, code)) {
      if (allowed[path]?.[line] === undefined) found.push(`${path}: ${line}`);
      else used.add(`${path}: ${line}`);
    }
  }
  assert.deepEqual(found, [], "move the clock, or wait for the event that would come after");
  const given = Object.entries(allowed).flatMap(([path, lines]) =>
    Object.keys(lines).map((line) => `${path}: ${line}`)
  );
  assert.deepEqual(given.filter((each) => !used.has(each)), [], "nobody pauses there any more");
});

Deno.test("what finds pauses finds them, and leaves those that ask again", () => {
  const of = (code: string) => pausesIn("x_test.ts", code).length;
  assert.equal(of("await new Promise((resolve) => setTimeout(resolve, 5));"), 1);
  assert.equal(of("await new Promise<void>((done) => { setTimeout(() => done(), 5); });"), 1);
  assert.equal(of("await sleep(50);"), 1);
  assert.equal(of("for (;;) { f(() => new Promise((r) => setTimeout(r, 5))); }"), 1);
  assert.equal(of("while (!done()) await new Promise((r) => setTimeout(r, 5));"), 0);
  assert.equal(of("for (;;) { if (done()) break; await pause(100); }"), 0);
  assert.equal(of("const late = new Promise((_, reject) => setTimeout(reject, 5));"), 0);
});
