import type { Settings } from "../../settings.ts";
import { scopesOf } from "../credential_access.ts";
import { providerGuide } from "./provider_guides.ts";

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
      for (const url of oidcRedirectUrls) lines.push(`redirect URL, letter by letter: ${url.href}`);
    }
  }
  lines.push(`scopes: ${scopesOf(settings).join(" ")}`);
  for (const note of guide?.notes ?? []) lines.push(`note: ${note}`);
  if (guide) lines.push(`step by step: docs/providers/${guide.page}.md`);
  return lines;
}
