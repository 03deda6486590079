import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";
import { proxyFor, talkedTo } from "./hosts.ts";

const variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/** Which proxy variables are set, and who is reached through them. */
export function checkProxy({ resolved, env }: Examination): Finding[] {
  const set = variables.flatMap((name) => {
    const written = env(name) ? name : name.toLowerCase();
    const value = env(written);
    return value ? [{ name: written, value }] : [];
  });
  if (set.length === 0) return [{ check: "proxy", verdict: "ok", found: "none is set" }];
  const findings = set.map(({ name, value }): Finding => {
    if (/no_proxy/i.test(name)) {
      return { check: "proxy", verdict: "ok", found: `${name} is ${value}` };
    }
    const url = URL.parse(value);
    if (!url || !/^(?:https?|socks5h?):$/.test(url.protocol)) {
      return {
        check: "proxy",
        verdict: "failure",
        found: `${name} is not the URL of a proxy`,
        fix: `set ${name} to something like http://proxy.company.com:3128, or unset it`,
      };
    }
    const credentials = url.username ? ", with a user name" : "";
    return { check: "proxy", verdict: "ok", found: `${name} is ${url.origin}${credentials}` };
  });
  for (const { role, url } of talkedTo(resolved.settings)) {
    findings.push({
      check: "proxy",
      verdict: "ok",
      found: `${role}, ${url.host}, is reached ${proxyFor(url, env) ? "through it" : "directly"}`,
    });
  }
  return findings;
}
