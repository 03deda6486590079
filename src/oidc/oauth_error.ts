import { ProxyError, type ProxyErrorDetails } from "../base/errors.ts";
import { excerpt } from "../base/excerpt.ts";
import type { FailedStep } from "./failed_step.ts";

/** An error that the provider put into the protocol's own words (RFC 6749 section 5.2 and others). */
export function oauthError(
  { code, description, status, failed, cause }: {
    code: string;
    description: string | undefined;
    /** The HTTP status that it came with; absent when the browser brought it. */
    status?: number;
    failed: FailedStep;
    cause?: unknown;
  },
): ProxyError {
  const safeCode = excerpt(code, { max: 80 });
  const said = description ? `: ${excerpt(description, { max: 300 })}` : "";
  return new ProxyError({
    what: `${failed.issuer} answered ${failed.step} with ${safeCode}${said}`,
    reason: safeCode,
    cause,
    ...consequence({ code: safeCode, description: description ?? "", status }, failed),
  });
}

/** What an OAuth error means for the person and for a next attempt. */
function consequence(
  { code, description, status }: { code: string; description: string; status?: number },
  { method, requested }: FailedStep,
): Pick<ProxyErrorDetails, "category" | "fix" | "transient"> {
  const configuration = (fix: string) => ({ category: "Configuration error" as const, fix });
  if (requested?.resource !== undefined && isAboutResource(code, description)) {
    return configuration(
      "set OIDC_RESOURCE=none to leave the resource parameter out, and ask for the backend with " +
        "OIDC_SCOPES; or set OIDC_RESOURCE to the identifier by which the provider knows the backend",
    );
  }
  switch (code) {
    case "invalid_grant":
      return { category: "Authentication error", fix: "sign in again" };
    case "access_denied":
      if (requested?.scopes.length === 0) {
        return {
          category: "Authentication error",
          fix: "set OIDC_SCOPES to what the backend needs, since no scope was asked for and some " +
            "providers refuse that; or ask the provider's administrator for access",
        };
      }
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
      if (isAboutCredentials(description, status)) return configuration(whatToProve(method));
      // Glewlwyd has the same answer, without a word, for a wrong secret and a flow that it does not allow.
      if (description === "" && status === 403 && method !== undefined && method !== "none") {
        return configuration(`${whatToProve(method)}; if that is right, ${notAllowed}`);
      }
      return configuration(notAllowed);
    case "unsupported_grant_type":
    case "unsupported_response_type":
      return configuration(notAllowed);
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

const notAllowed = "allow this flow for the client at the provider, or change OIDC_FLOW";

/**
 * Whether the `resource` parameter is what the provider does not take: by its code (RFC 8707 section
 * 2), or by the number that Entra ID puts in front of its words.
 */
function isAboutResource(code: string, description: string): boolean {
  return code === "invalid_target" ||
    /\bAADSTS(?:9010010|901002)\b|\bresource (?:parameter|indicator)\b/i.test(description);
}

/**
 * Whether `unauthorized_client` is about who the client is and not about what it may do: Keycloak
 * answers a wrong secret with it, and with HTTP 401, which RFC 6749 section 5.2 keeps for a failed
 * client authentication. Since Keycloak uses the same status for a flow that is switched off, the
 * description decides where there is one.
 */
export function isAboutCredentials(description: string, status: number | undefined): boolean {
  return description === ""
    ? status === 401
    : /\b(?:secret|credentials?|assertion|signature|certificate)\b/i.test(description);
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
