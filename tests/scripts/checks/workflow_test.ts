import { deepEqual, match, ok } from "node:assert/strict";
import { targets } from "../../../scripts/build/targets.ts";
import { checkWorkflow } from "../../../scripts/checks/workflow.ts";

const directory = new URL("../../../.github/workflows/", import.meta.url);
const ci = await Deno.readTextFile(new URL("ci.yml", directory));

for await (const { name } of Deno.readDir(directory)) {
  Deno.test(`${name} passes actionlint and the project's rules`, async () => {
    deepEqual(await checkWorkflow(name, await Deno.readTextFile(new URL(name, directory))), []);
  });
}

Deno.test("the release builds every target", async () => {
  const release = await Deno.readTextFile(new URL("release.yml", directory));
  for (const { triple } of targets) ok(release.includes(`target: ${triple}`), triple);
});

const broken: [name: string, from: string, to: string, problem: RegExp][] = [
  [
    "an action named by tag",
    "@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
    "@v5 # v5.0.0",
    /actions\/checkout@v5, which is not pinned/,
  ],
  ["a pin without its version", " # v5.0.0", "", /line \d+ does not say which version/],
  [
    "write permissions for all",
    "permissions:\n  contents: read\n\nconcurrency",
    "permissions: write-all\n\nconcurrency",
    /permissions must be just/,
  ],
  ["a job without limits", "    timeout-minutes: 15\n", "", /checks has no timeout-minutes/],
  [
    "strangers' code with secrets",
    "  pull_request:\n",
    "  pull_request_target:\n",
    /pull_request_target runs strangers' code/,
  ],
  [
    "a token left behind",
    "          persist-credentials: false\n",
    "          fetch-depth: 1\n",
    /checks leaves its token/,
  ],
  [
    "an expression in a script",
    "run: deno task check",
    "run: deno task check ${{ github.ref }}",
    /checks puts an expression into a script/,
  ],
  [
    "logic in the workflow",
    "run: deno task check",
    "run: if true; then deno task check; fi",
    /checks has logic of its own/,
  ],
  [
    "a key that does not exist",
    "runs-on: ubuntu-24.04",
    "run-on: ubuntu-24.04",
    /unexpected key "run-on"|"runs-on" section is missing/,
  ],
  [
    "a runner that does not exist",
    "runs-on: ubuntu-24.04",
    "runs-on: ubuntu-3000",
    /label "ubuntu-3000" is unknown/,
  ],
];

for (const [name, from, to, problem] of broken) {
  Deno.test(`a workflow with ${name} is refused`, async () => {
    ok(ci.includes(from), "the sample fits ci.yml");
    match((await checkWorkflow("ci.yml", ci.replace(from, to))).join("\n"), problem);
  });
}
