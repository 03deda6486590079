import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../support/paths.ts";

/** What tests read of a GitHub workflow. */
export interface Workflow {
  /** Its jobs, by id. */
  jobs: Record<string, Job>;
}

/** What tests read of a job. */
export interface Job {
  needs?: string | string[];
  environment?: string;
  permissions: Record<string, string>;
  strategy?: { matrix: { include?: Record<string, string>[] } };
  steps: Step[];
}

/** One step of a job. */
export interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}

/** Reads a workflow of this repository. */
export async function readWorkflow(name: string): Promise<Workflow> {
  return parse(await Deno.readTextFile(join(repository, ".github", "workflows", name)));
}

/** The ids of the jobs that a job waits for itself. */
export function needsOf(job: Job): string[] {
  return [job.needs ?? []].flat();
}

/** The ids of all jobs that have ended when a job begins. */
export function jobsBefore(workflow: Workflow, id: string): Set<string> {
  const before = new Set<string>();
  for (const needed of needsOf(workflow.jobs[id]!)) {
    before.add(needed);
    for (const earlier of jobsBefore(workflow, needed)) before.add(earlier);
  }
  return before;
}

/** Whether a step uses this action, whichever version of it. */
export function uses(step: Step, action: string): boolean {
  return step.uses?.startsWith(`${action}@`) ?? false;
}

/** A pattern as `upload-artifact` and `download-artifact` understand it, where `*` stays in a name. */
export function patternOf(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\?]/g, "\\$&").replaceAll("*", "[^/]*");
  return new RegExp(`^${escaped}$`);
}
