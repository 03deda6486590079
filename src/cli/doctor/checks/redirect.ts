import { asProxyError } from "../../../base/errors.ts";
import { listenForRedirect } from "../../../oidc/flows/redirect_listener.ts";
import { portHolder } from "../port_holder.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** Whether the redirect URLs can be listened on, and who holds those that cannot. */
export async function checkRedirect(
  { resolved, os }: Examination,
  { holderOf = portHolder }: { holderOf?: typeof portHolder } = {},
): Promise<Finding[]> {
  const { oidcRedirectUrls, oidcFlow } = resolved.settings;
  if (["device", "client-credentials", "workload"].includes(oidcFlow)) {
    return [{ check: "redirect", verdict: "ok", found: `not needed by the flow ${oidcFlow}` }];
  }
  const findings: Finding[] = [];
  for (const url of oidcRedirectUrls) {
    try {
      const nothing = () => new Response(null, { status: 404 });
      await using _listener = listenForRedirect(url, { handle: nothing, refuse: nothing });
      findings.push({ check: "redirect", verdict: "ok", found: `${url.href} is free` });
    } catch (error) {
      const { reason, what } = asProxyError(error);
      const port = url.port || "80";
      const holder = reason === "redirect_port_taken" && await holderOf(port, os);
      findings.push({
        check: "redirect",
        verdict: "failure",
        found: holder ? `port ${port} of ${url.href} is held by ${holder}` : what,
        fix:
          "end that program, or register another redirect URL at the provider and set OIDC_REDIRECT_URL to it",
      });
    }
  }
  // They are alternatives: one that is free is enough.
  if (findings.some(({ verdict }) => verdict === "ok")) {
    for (const finding of findings) {
      if (finding.verdict === "failure") finding.verdict = "warning";
    }
  }
  return findings;
}
