import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";
import { asWritten } from "../../../net/proxy.ts";
import { readProxyEnvironment } from "../../../net/proxy_environment.ts";
import { peersOf } from "./hosts.ts";

/** Whether the names of backend and provider lead somewhere. */
export async function checkNames(
  { resolved, env, unreachable }: Examination,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const hosts = peersOf(resolved.settings);
  const proxies = readProxyEnvironment(asWritten(env), hosts.map(({ url }) => url));
  const seen = new Set<string>();
  for (const { role, url, setting } of hosts) {
    const name = url.hostname.replace(/^\[|\]$/g, "");
    if (seen.has(name) || isIP(name)) continue;
    seen.add(name);
    try {
      const addresses = await lookup(name, { all: true });
      findings.push({
        check: "names",
        verdict: "ok",
        found: `${name} is ${addresses.map(({ address }) => address).join(", ")}`,
      });
    } catch {
      // Behind a proxy it is the proxy that needs to know the name.
      const proxied = proxies.proxyFor(url) !== undefined;
      if (!proxied) unreachable.add(url.host);
      findings.push({
        check: "names",
        verdict: proxied ? "warning" : "failure",
        found: `${name}, ${role}, has no address`,
        fix: `check the spelling in ${setting} and whether a VPN is needed`,
      });
    }
  }
  return findings;
}
