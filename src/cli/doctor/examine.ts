import { redact } from "../../base/redactor.ts";
import type { Check, Examination } from "./examination.ts";
import type { Finding } from "./finding.ts";

/** Runs every check in order; `tell` hears of each group of findings as soon as it is there. */
export async function examine(
  examination: Examination,
  tell: (findings: readonly Finding[]) => void,
): Promise<Finding[]> {
  const checks: Check[] = [
    (await import("./checks/settings.ts")).checkSettings,
    (await import("./checks/names.ts")).checkNames,
    (await import("./checks/proxy.ts")).checkProxy,
    (await import("./checks/connection.ts")).checkConnection,
    (await import("./checks/clock.ts")).checkClock,
    (await import("./checks/provider.ts")).checkProvider,
    (await import("./checks/client.ts")).checkClient,
    (await import("./checks/workload.ts")).checkWorkload,
    (await import("./checks/redirect.ts")).checkRedirect,
    (await import("./checks/browser.ts")).checkBrowser,
    (await import("./checks/store.ts")).checkStore,
    (await import("./checks/backend.ts")).checkBackend,
    (await import("./checks/exchange.ts")).checkExchange,
    (await import("./checks/access.ts")).checkAccess,
  ];
  const all: Finding[] = [];
  for (const check of checks) {
    const findings = (await check(examination)).map(withoutSecrets);
    // A check that was stopped finds failures that are none.
    examination.signal.throwIfAborted();
    for (const { check, verdict } of findings) {
      if (verdict === "failure") examination.failed.add(check);
    }
    tell(findings);
    all.push(...findings);
  }
  return all;
}

/** Others may repeat what they were told. */
function withoutSecrets(finding: Finding): Finding {
  const { found, fix } = finding;
  return { ...finding, found: redact(found), fix: fix && redact(fix) };
}
