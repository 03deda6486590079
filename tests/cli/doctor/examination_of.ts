import type { Examination } from "../../../src/cli/doctor/examination.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";

/** An examination of what these variables set, on a machine that has no others. */
export async function examinationOf(
  variables: Record<string, string>,
  more: Partial<Examination> = {},
): Promise<Examination> {
  const env = (name: string) => variables[name];
  return {
    resolved: await resolveSettings({
      flags: {},
      getEnv: env,
      readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
    }),
    env,
    os: Deno.build.os,
    fetch,
    connections: { fetch, fetchAlone: fetch, replace() {} },
    log: silentLog,
    dates: [],
    unreachable: new Set(),
    failed: new Set(),
    signal: new AbortController().signal,
    ...more,
  };
}

/** Findings in short: the verdict, what was found and, where there is one, the fix. */
export function inShort(findings: readonly Finding[]): string[][] {
  return findings.map(({ verdict, found, fix }) =>
    fix === undefined ? [verdict, found] : [verdict, found, fix]
  );
}
