import { createConnections } from "../../net/http_client.ts";
import { examine } from "../doctor/examine.ts";
import type { Examination } from "../doctor/examination.ts";
import { checkTitles, type Finding } from "../doctor/finding.ts";
import { silentLog } from "../doctor/silent_log.ts";
import { redact } from "../../base/redactor.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import type { Sink } from "../terminal/terminal.ts";

/**
 * Runs the doctor's checks and tells what is not as it should be.
 *
 * @returns whether the bridge would work
 */
export async function checkBeforeSetup(resolved: ResolvedSettings, sink: Sink): Promise<boolean> {
  const findings = await examine(await examinationOf(resolved), () => {});
  // What is not known before somebody has signed in is no problem: that is the next step.
  const works = tellProblems(findings, sink);
  if (works) sink.line(`${sink.paint.ok} Provider and backend are as they should be`);
  return works;
}

/**
 * Shows the backend the token of the sign-in, and tells what it says to that.
 *
 * @returns whether it accepts the token
 */
export async function checkBackendAccess(resolved: ResolvedSettings, sink: Sink): Promise<boolean> {
  const { checkAccess } = await import("../doctor/checks/access.ts");
  const findings = await checkAccess(await examinationOf(resolved));
  const accepts = tellProblems(findings, sink);
  for (const { verdict, found } of accepts ? findings : []) {
    if (verdict === "ok" && !found.startsWith("signed in")) {
      sink.line(`${sink.paint.ok} The backend ${redact(found)}`);
    }
  }
  return accepts;
}

async function examinationOf(resolved: ResolvedSettings): Promise<Examination> {
  const connections = await createConnections(resolved.settings);
  return {
    resolved,
    env: (name) => Deno.env.get(name),
    os: Deno.build.os,
    fetch: connections.fetch,
    connections,
    log: silentLog,
    dates: [],
    unreachable: new Set(),
    failed: new Set(),
    signal: new AbortController().signal,
  };
}

/** @returns whether none of the findings is a failure */
function tellProblems(findings: readonly Finding[], sink: Sink): boolean {
  const { paint } = sink;
  for (const { check, verdict, found, fix } of findings) {
    if (verdict !== "warning" && verdict !== "failure") continue;
    const sign = verdict === "failure" ? paint.failure : paint.warning;
    sink.line(`${sign} ${checkTitles[check]}: ${redact(found)}`);
    if (fix !== undefined) sink.line(`  ${paint.dim("Fix:")} ${redact(fix)}`);
  }
  return findings.every(({ verdict }) => verdict !== "failure");
}
