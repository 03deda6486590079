import { oneLine, ProxyError, type ProxyErrorDetails } from "../errors.ts";
import type { FailedStep } from "./failed_step.ts";

/** An error that the provider put into the protocol's own words (RFC 6749 section 5.2 and others). */
export function oauthError(
  { code, description, failed, cause }: {
    code: string;
    description: string | undefined;
    failed: FailedStep;
    cause?: unknown;
  },
): ProxyError {
  const safeCode = oneLine(code).slice(0, 80);
  const said = description ? `: ${oneLine(description).slice(0, 300)}` : "";
  return new ProxyError({
    what: `${failed.issuer} answered ${failed.step} with ${safeCode}${said}`,
    reason: safeCode,
    cause,
    ...consequence(safeCode, failed),
  });
}

/** What an OAuth error code means for the person and for a next attempt. */
function consequence(
  code: string,
  { method }: FailedStep,
): Pick<ProxyErrorDetails, "category" | "fix" | "transient"> {
  const configuration = (fix: string) => ({ category: "Configuration error" as const, fix });
  switch (code) {
    case "invalid_grant":
      return { category: "Authentication error", fix: "sign in again" };
    case "access_denied":
      return {
        category: "Authentication error",
        fix: "sign in again and agree, or ask the provider's administrator for access",
      };
    case "expired_token":
      return {
        category: "Authentication error",
        fix: "start again and finish before the code expires",
      };
    case "invalid_client":
      return configuration(whatToProve(method));
    case "unauthorized_client":
    case "unsupported_grant_type":
    case "unsupported_response_type":
      return configuration("allow this flow for the client at the provider, or change OIDC_FLOW");
    case "invalid_scope":
      return configuration("check OIDC_SCOPES against what the provider allows this client");
    case "invalid_target":
      return configuration("check OIDC_RESOURCE and OIDC_AUDIENCE");
    case "invalid_redirect_uri":
      return configuration("register the redirect URL (OIDC_REDIRECT_URL) at the provider");
    case "unsupported_response_mode":
      return configuration("leave response_mode out of OIDC_AUTH_PARAMS");
    case "invalid_dpop_proof":
    case "use_dpop_nonce":
      return configuration("check the clock of this machine, or leave OIDC_DPOP out");
    case "temporarily_unavailable":
    case "server_error":
    case "slow_down":
      return {
        category: "Network error",
        fix: "try again later",
        transient: true,
      };
    case "login_required":
    case "interaction_required":
    case "consent_required":
    case "account_selection_required":
      return { category: "Authentication error", fix: "sign in again, without prompt=none" };
    default:
      return {
        category: "Authentication error",
        fix: "check how the client is registered at the provider and the settings it needs",
      };
  }
}

/** What to look at when the provider does not believe that we are the client. */
function whatToProve(method: FailedStep["method"]): string {
  switch (method) {
    case undefined:
    case "none":
      return "check OIDC_CLIENT_ID, and if the client is a confidential one, set OIDC_CLIENT_SECRET";
    case "private_key_jwt":
      return "check OIDC_CLIENT_ID and that the client is registered with the key of OIDC_CLIENT_KEY_FILE";
    case "tls_client_auth":
      return "check OIDC_CLIENT_ID and that the client is registered with the certificate of --client-cert";
    default:
      return `check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, which was sent by ${method} (see ` +
        "OIDC_CLIENT_AUTH), or unset the secret if the client is a public one";
  }
}
