import { asWritten, shownProxy } from "../../../net/proxy.ts";
import { readProxyEnvironment } from "../../../net/proxy_environment.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";
import { peersOf } from "./hosts.ts";

/** Which proxies the environment names, and who is reached through them. */
export function checkProxy({ resolved, env }: Examination): Finding[] {
  const written = asWritten(env);
  const hosts = peersOf(resolved.settings);
  const proxies = readProxyEnvironment(written, hosts.map(({ url }) => url));
  const findings = proxies.unusable.map((name): Finding => ({
    check: "proxy",
    verdict: "warning",
    found: `${name} names no proxy that can be used and is ignored`,
    fix: `set ${name} to something like http://proxy.company.com:3128, or unset it`,
  }));
  const { HTTPS_PROXY, HTTP_PROXY } = proxies.forDeno;
  if (HTTPS_PROXY === undefined && HTTP_PROXY === undefined) {
    return findings.length > 0
      ? findings
      : [{ check: "proxy", verdict: "ok", found: "none is set" }];
  }
  const exceptions = ["NO_PROXY", "no_proxy"].find((name) => written(name)?.trim());
  if (exceptions !== undefined) {
    findings.push({
      check: "proxy",
      verdict: "ok",
      found: `${exceptions} is ${written(exceptions)?.slice(0, 500)}`,
    });
  }
  for (const { role, url } of hosts) {
    const proxy = proxies.proxyFor(url);
    const credentials = proxy?.url.username ? ", with a user name" : "";
    findings.push({
      check: "proxy",
      verdict: "ok",
      found: `${role}, ${url.host}, is reached ${
        proxy ? `through ${shownProxy(proxy)}${credentials}` : "directly"
      }`,
    });
  }
  return findings;
}
