import { asProxyError } from "../../../base/errors.ts";
import { createFlows } from "../../../app/access.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** Whether there is a JWT for a workload to present, and what it says of itself; never the JWT. */
export async function checkWorkload(examination: Examination): Promise<Finding[]> {
  const { resolved: { settings }, log, signal } = examination;
  if (settings.oidcFlow !== "workload") return [];
  try {
    const client = await createFlows(settings, { log });
    const { origin, described } = await client.describeAssertion(signal);
    return [{ check: "workload", verdict: "ok", found: `the JWT in ${origin} has ${described}` }];
  } catch (error) {
    const { what, fix } = asProxyError(error);
    return [{ check: "workload", verdict: "failure", found: what, fix }];
  }
}
