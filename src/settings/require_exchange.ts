import { ProxyError } from "../base/errors.ts";
import { type OptionName, options } from "./options.ts";
import { requireSettings } from "./required_settings.ts";
import type { Settings } from "./settings.ts";

/** What has no meaning without a client id at the backend's authorization server. */
const ofBackendClient: readonly OptionName[] = [
  "backendClientSecret",
  "backendClientSecretFile",
  "backendClientKeyFile",
  "backendIssuerUrl",
];

/**
 * Makes sure that what is said of an exchange fits together.
 *
 * @throws {ProxyError} a configuration error that names what does not
 */
export function requireExchange(settings: Settings): Settings {
  const { backendClientId, oidcExchangeGrant, oidcToken, noOpenid } = settings;
  const contradiction = (what: string, fix: string) =>
    new ProxyError({
      category: "Configuration error",
      what,
      fix,
      reason: "invalid_setting",
    });
  if (oidcToken === "id") {
    throw contradiction(
      "the backend cannot be shown both the ID token (OIDC_TOKEN) and the token of an exchange",
      "leave OIDC_TOKEN out, or the settings of the exchange",
    );
  }
  if (backendClientId === undefined) return settings;
  requireSettings(settings, ["backendUrl"]);
  if (oidcExchangeGrant === "on-behalf-of") {
    throw contradiction(
      "on-behalf-of brings no ID-JAG, which the authorization server of MCP_BACKEND_CLIENT_ID takes",
      "leave OIDC_EXCHANGE_GRANT or MCP_BACKEND_CLIENT_ID out",
    );
  }
  if (noOpenid && settings.oidcFlow !== "workload") {
    throw contradiction(
      "an ID-JAG is exchanged for an ID token, which OIDC_NO_OPENID leaves out",
      "leave OIDC_NO_OPENID out",
    );
  }
  return settings;
}

/**
 * Says which settings of the backend's authorization server have no effect; none when there is a
 * client id for it.
 */
export function idleBackendSettings(settings: Settings): string[] {
  if (settings.backendClientId !== undefined) return [];
  return ofBackendClient.filter((name) => settings[name] !== undefined)
    .map((name) => options[name].env!);
}
