import type { Settings } from "../../settings/settings.ts";
import { exchangesTokens, scopesOf } from "../../app/access.ts";
import { providerGuide } from "./provider_guides.ts";

/** Where the pages can be read: whoever installed the program has no copy of them. */
const pages = "https://github.com/authful/mcp-proxy/blob/main/docs/providers";

/** What exactly to register at the provider, in lines; nothing when it registers the program itself. */
export function registrationAdvice(settings: Settings): string[] {
  const { oidcIssuerUrl, oidcRedirectUrls, oidcFlow } = settings;
  if (!oidcIssuerUrl) return [];
  const guide = providerGuide(oidcIssuerUrl);
  const secret = settings.oidcClientSecret !== undefined ||
    settings.oidcClientSecretFile !== undefined || settings.oidcClientKeyFile !== undefined;
  const lines = [
    `At ${guide ? `${guide.name} (${guide.where})` : oidcIssuerUrl.host} the client needs:`,
    secret
      ? "client type: confidential (a secret or key is set)"
      : "client type: public (native application, no secret)",
  ];
  if (oidcFlow === "client-credentials") {
    lines.push("grant: client_credentials");
  } else if (oidcFlow === "workload") {
    lines.push(workloadLine(settings));
  } else {
    const device = oidcFlow === "device" || oidcFlow === "auto";
    lines.push(
      `grants: ${
        oidcFlow === "device" ? "" : "authorization_code with PKCE (S256), "
      }refresh_token${
        device ? `, device_code${oidcFlow === "auto" ? " if you work over SSH" : ""}` : ""
      }`,
    );
    if (oidcFlow !== "device") {
      lines.push(...oidcRedirectUrls.map(redirectLine));
    }
  }
  if (exchangesTokens(settings)) lines.push(exchangeLine(settings));
  lines.push(`scopes: ${scopesOf(settings).join(" ")}`);
  for (const note of guide?.notes ?? []) lines.push(`note: ${note}`);
  if (guide) lines.push(`step by step: ${pages}/${guide.page}.md`);
  return lines;
}

/** What the provider has to be told of a workload's JWT. */
function workloadLine({ oidcWorkloadAs }: Settings): string {
  switch (oidcWorkloadAs) {
    case "grant":
      return "grant: jwt-bearer (RFC 7523), trusting the issuer and the subject of the workload's JWT";
    case "client":
      return "grant: client_credentials, the client authenticated by the workload's JWT " +
        "(a federated credential of its issuer and subject)";
    case "subject":
      return "grant: token exchange (RFC 8693), trusting the issuer and the subject of the " +
        "workload's JWT";
  }
}

/** What the client has to be allowed besides, for the token of the backend. */
function exchangeLine(settings: Settings): string {
  const { backendClientId, oidcExchangeGrant, oidcExchangeAudience, oidcExchangeResource } =
    settings;
  if (backendClientId !== undefined) {
    return "grant: token exchange (RFC 8693) for ID-JAGs, with the client id " +
      `${backendClientId} at the backend's authorization server`;
  }
  const target = oidcExchangeAudience ?? oidcExchangeResource ??
    settings.oidcExchangeScopes.join(" ");
  const grant = oidcExchangeGrant === "on-behalf-of" ? "on-behalf-of" : "token exchange (RFC 8693)";
  return `grant: ${grant} for ${target}`;
}

/** Port 0 is chosen at the sign-in, and registered as no port (RFC 8252 section 7.3). */
function redirectLine(url: URL): string {
  if (url.port !== "0") return `redirect URL, letter by letter: ${url.href}`;
  const registered = new URL(url);
  registered.port = "";
  return `redirect URL, for any port: ${registered.href}`;
}
