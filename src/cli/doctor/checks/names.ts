import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";
import { asWritten } from "../../../net/proxy.ts";
import { readProxyEnvironment } from "../../../net/proxy_environment.ts";
import { peersOf } from "./hosts.ts";

/** How names are looked up. */
export interface NameLookup {
  /** Gives the addresses of a name; rejects when it has none. */
  addressesOf?(name: string): Promise<string[]>;
  /** The time, in milliseconds. */
  now?(): number;
}

/** A DNS server that answers takes less than this, in milliseconds. */
const longLookup = 2_000;

/** Whether the names of backend and provider lead somewhere. */
export async function checkNames(
  { resolved, env, os, unreachable }: Examination,
  { addressesOf = systemAddresses, now = () => performance.now() }: NameLookup = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const hosts = peersOf(resolved.settings);
  const proxies = readProxyEnvironment(asWritten(env), hosts.map(({ url }) => url));
  const seen = new Set<string>();
  for (const { role, url, setting } of hosts) {
    const name = url.hostname.replace(/^\[|\]$/g, "");
    if (seen.has(name) || isIP(name)) continue;
    seen.add(name);
    const isProxied = proxies.proxyFor(url) !== undefined;
    const begun = now();
    try {
      const addresses = await addressesOf(name);
      findings.push({
        check: "names",
        verdict: "ok",
        found: `${name} is ${addresses.join(", ")}`,
      });
    } catch {
      // Behind a proxy it is the proxy that needs to know the name.
      if (!isProxied) unreachable.add(url.host);
      findings.push({
        check: "names",
        verdict: isProxied ? "warning" : "failure",
        found: `${name}, ${role}, has no address`,
        fix: `check the spelling in ${setting} and whether a VPN is needed`,
      });
    }
    const took = now() - begun;
    if (took >= longLookup) findings.push(slowLookup(took, { name, isProxied, os }));
  }
  return findings;
}

/** Deno looks a name up before each connection, through a proxy as well, and waits for the answer. */
function slowLookup(
  took: number,
  { name, isProxied, os }: { name: string; isProxied: boolean; os: string },
): Finding {
  const remedy = "let the network's DNS server answer at once";
  return {
    check: "names",
    verdict: "warning",
    found:
      `the DNS server took ${Math.round(took / 1000)} s for ${name}; each new connection waits ` +
      `for it${isProxied ? ", though the proxy needs no address" : ""}`,
    fix: isProxied && os === "linux"
      ? `${remedy}, or set RES_OPTIONS="timeout:1 attempts:1" for this program`
      : remedy,
  };
}

async function systemAddresses(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
