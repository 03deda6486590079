import { fetchCause } from "../../../net/fetch_cause.ts";
import { tlsFailure } from "../../../net/tls_failure.ts";
import { explainProxyFailure } from "../../../net/proxy_failure.ts";
import { peerCertificate } from "../../../net/peer_certificate.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";
import { type Peer, peersOf } from "./hosts.ts";

/** Whether backend and provider can be connected to, and whether their certificates are trusted. */
export async function checkConnection(examination: Examination): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const host of peersOf(examination.resolved.settings)) {
    if (seen.has(host.url.origin) || examination.unreachable.has(host.url.host)) continue;
    seen.add(host.url.origin);
    findings.push(await connect(host, examination));
  }
  return findings;
}

async function connect(
  { role, url, setting }: Peer,
  { fetch, resolved, dates, unreachable, signal }: Examination,
): Promise<Finding> {
  const timeout = resolved.settings.connectTimeout * 1000;
  try {
    const sent = Date.now();
    const response = await fetch(url.origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    });
    await response.body?.cancel();
    const now = (sent + Date.now()) / 2;
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) dates.push({ origin: url.origin, skew: now - date });
    const secured = url.protocol === "https:" ? ", and its certificate is trusted" : "";
    return {
      check: "connection",
      verdict: "ok",
      found: `${role}, ${url.origin}, can be reached${secured}`,
    };
  } catch (error) {
    unreachable.add(url.host);
    const why = error instanceof DOMException && error.name === "TimeoutError"
      ? `no answer within ${timeout / 1000} s`
      : fetchCause(error);
    if (tlsFailure(why, url, { setting })) {
      const failure = tlsFailure(why, url, { setting, shown: await peerCertificate(url) });
      return {
        check: "connection",
        verdict: "failure",
        found: `${role}: ${failure?.what}`,
        fix: failure?.fix,
      };
    }
    const refusal = await explainProxyFailure(error, url);
    return {
      check: "connection",
      verdict: "failure",
      found: `${role}, ${url.origin}, cannot be reached: ${refusal?.what ?? why}`,
      fix: refusal?.fix ?? `check ${setting}, the network and whether a VPN is needed`,
    };
  }
}
