import { createConnections } from "../../http_client.ts";
import { examine } from "../doctor/examine.ts";
import { checkTitles } from "../doctor/finding.ts";
import { silentLog } from "../doctor/silent_log.ts";
import type { ResolvedSettings } from "../resolve_settings.ts";
import type { Sink } from "../terminal/terminal.ts";

/**
 * Runs the doctor's checks and tells what is not as it should be.
 *
 * @returns whether the bridge would work
 */
export async function checkBeforeSetup(resolved: ResolvedSettings, sink: Sink): Promise<boolean> {
  const { paint } = sink;
  const connections = await createConnections(resolved.settings);
  const findings = await examine({
    resolved,
    env: (name) => Deno.env.get(name),
    os: Deno.build.os,
    fetch: connections.fetch,
    connections,
    log: silentLog,
    dates: [],
    unreachable: new Set(),
    signal: new AbortController().signal,
  }, () => {});
  let works = true;
  for (const { check, verdict, found, fix } of findings) {
    // Signing in is the next step.
    if (verdict === "ok" || check === "access" && verdict === "warning") continue;
    works &&= verdict !== "failure";
    const sign = verdict === "failure" ? paint.failure : paint.warning;
    sink.line(`${sign} ${checkTitles[check]}: ${found}`);
    if (fix !== undefined) sink.line(`  ${paint.dim("Fix:")} ${fix}`);
  }
  if (works) sink.line(`${paint.ok} Provider and backend are as they should be`);
  return works;
}
