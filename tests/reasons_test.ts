/**
 * Programs go by the reason of an error (`data.reason` of a JSON-RPC error): each that the program
 * gives is named by a test, so that none changes unnoticed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { repository } from "./support/paths.ts";

/** What tests without the outside world name: those of other suites do not run with every change. */
const otherSuites = /^tests\/(?:conformance|fixtures|gateways|interop|long|mutants)\//;

/** Errors of commands are printed for people, without their reason. */
const withoutReader = /^src\/cli\//;

/** Reasons of what is ended from within, of which nobody is told. */
const internal = new Set(["session_over"]);

async function* filesBelow(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(repository, directory))) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* filesBelow(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

const read = (path: string) => Deno.readTextFile(join(repository, path));

Deno.test("every reason that an error may have is named by a test", async () => {
  const reasons = new Map<string, string>();
  for await (const path of filesBelow("src")) {
    if (withoutReader.test(path)) continue;
    const code = (await read(path)).replace(/\/\*\*[\s\S]*?\*\//g, "");
    for (const [, reason] of code.matchAll(/\breason: "([a-z0-9_]+)"/g)) reasons.set(reason!, path);
  }
  assert.ok(reasons.size > 50, "the reasons are found");
  const named = new Set<string>();
  for await (const path of filesBelow("tests")) {
    if (otherSuites.test(path)) continue;
    for (const [word] of (await read(path)).matchAll(/\b[a-z0-9]+(?:_[a-z0-9]+)*\b/g)) {
      named.add(word);
    }
  }
  const unnamed = [...reasons].filter(([reason]) => !named.has(reason) && !internal.has(reason))
    .map(([reason, path]) => `${reason} of ${path}`);
  assert.deepEqual(unnamed, []);
});
