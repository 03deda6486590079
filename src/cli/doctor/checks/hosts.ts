import type { Settings } from "../../../settings/settings.ts";

/** One host that the bridge talks to, with the setting that names it. */
export interface Peer {
  /** What it is to us. */
  role: "the backend" | "the provider";
  /** Where it is. */
  url: URL;
  /** The setting that names it. */
  setting: "MCP_BACKEND_URL" | "OIDC_ISSUER_URL";
}

/** The hosts that the bridge talks to, by the settings. */
export function peersOf({ backendUrl, oidcIssuerUrl }: Settings): Peer[] {
  const hosts: Peer[] = [];
  if (oidcIssuerUrl) {
    hosts.push({ role: "the provider", url: oidcIssuerUrl, setting: "OIDC_ISSUER_URL" });
  }
  if (backendUrl) hosts.push({ role: "the backend", url: backendUrl, setting: "MCP_BACKEND_URL" });
  return hosts;
}
