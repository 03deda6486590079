import { isLoopback } from "../../../setting_values.ts";
import type { Settings } from "../../../settings.ts";

/** One host that the bridge talks to, with the setting that names it. */
export interface TalkedTo {
  /** What it is to us. */
  role: "the backend" | "the provider";
  /** Where it is. */
  url: URL;
  /** The setting that names it. */
  setting: "MCP_BACKEND_URL" | "OIDC_ISSUER_URL";
}

/** The hosts that the bridge talks to, by the settings. */
export function talkedTo({ backendUrl, oidcIssuerUrl }: Settings): TalkedTo[] {
  const hosts: TalkedTo[] = [];
  if (oidcIssuerUrl) {
    hosts.push({ role: "the provider", url: oidcIssuerUrl, setting: "OIDC_ISSUER_URL" });
  }
  if (backendUrl) hosts.push({ role: "the backend", url: backendUrl, setting: "MCP_BACKEND_URL" });
  return hosts;
}

/** The proxy that requests to a URL go through, by the variables that are honoured. */
export function proxyFor(url: URL, env: (name: string) => string | undefined): string | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = env(name) || env(name.toLowerCase()) || env("ALL_PROXY") || env("all_proxy");
  const exceptions = (env("NO_PROXY") || env("no_proxy") || "").split(",").map((text) =>
    text.trim().replace(/^\*?\./, "")
  );
  const excepted = exceptions.some((suffix) =>
    suffix !== "" &&
    (suffix === "*" || url.hostname === suffix || url.hostname.endsWith(`.${suffix}`))
  );
  return proxy && !excepted ? proxy : undefined;
}
