import {
  AuthorizationResponseError,
  JWT_CLAIM_COMPARISON,
  JWT_TIMESTAMP_CHECK,
  KEY_SELECTION,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from "@panva/oauth4webapi";
import { describe, oneLine, ProxyError, type ProxyErrorDetails } from "../errors.ts";

/** Which step failed, and the words for it. */
export interface FailedStep {
  /** What was being done, as a noun: `the code exchange`. */
  step: string;
  /** The provider's issuer, to name it. */
  issuer: string;
}

/**
 * Whatever went wrong between us and the provider as a {@linkcode ProxyError} that names the
 * setting to change. Its `reason` is the OAuth error code where the provider gave one.
 */
export async function providerError(error: unknown, failed: FailedStep): Promise<unknown> {
  if (error instanceof ProxyError) return error;
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return oauthError({
      code: error.error,
      description: error.error_description,
      failed,
      cause: error,
    });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const body = await jsonBody(error.response);
    const parameters = error.cause.find((challenge) => challenge.parameters.error)?.parameters;
    return oauthError({
      code: text(body.error) ?? parameters?.error ?? "invalid_client",
      description: text(body.error_description) ?? parameters?.error_description,
      failed,
      cause: error,
    });
  }
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
    return protocolError(error, failed);
  }
  return error;
}

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
    ...consequence(safeCode),
  });
}

/** What an OAuth error code means for the person and for a next attempt. */
function consequence(
  code: string,
): Pick<ProxyErrorDetails, "category" | "todo" | "transient"> {
  const configuration = (todo: string) => ({ category: "Configuration error" as const, todo });
  switch (code) {
    case "invalid_grant":
      return { category: "Authentication error", todo: "sign in again" };
    case "access_denied":
      return {
        category: "Authentication error",
        todo: "sign in again and agree, or ask the provider's administrator for access",
      };
    case "expired_token":
      return { category: "Authentication error", todo: "start again and be quicker" };
    case "invalid_client":
      return configuration(
        "check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET and how the client is registered to authenticate",
      );
    case "unauthorized_client":
    case "unsupported_grant_type":
    case "unsupported_response_type":
      return configuration("allow this flow for the client at the provider, or change OIDC_FLOW");
    case "invalid_scope":
      return configuration("check OIDC_SCOPES against what the provider allows this client");
    case "invalid_target":
      return configuration("check OIDC_RESOURCE and OIDC_AUDIENCE");
    case "invalid_redirect_uri":
      return configuration("register the redirect URL at the provider, see OIDC_REDIRECT_URL");
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
        todo: "the provider has trouble at the moment, try again later",
        transient: true,
      };
    case "login_required":
    case "interaction_required":
    case "consent_required":
    case "account_selection_required":
      return { category: "Authentication error", todo: "sign in again, without prompt=none" };
    default:
      return {
        category: "Authentication error",
        todo: "check how the client is registered at the provider and the settings it needs",
      };
  }
}

/** An answer that does not keep to the protocol, or that is not meant for us. */
function protocolError(
  error: OperationProcessingError | UnsupportedOperationError,
  { step, issuer }: FailedStep,
): ProxyError {
  const details = (error.cause ?? {}) as {
    claim?: string;
    claims?: Record<string, unknown>;
    expected?: unknown;
    parameters?: URLSearchParams;
    alg?: unknown;
    header?: { alg?: unknown; kid?: unknown };
  };
  const bad = (what: string, todo: string, reason: string) =>
    new ProxyError({
      category: "Authentication error",
      what: `${issuer} answered ${step} with ${what}`,
      todo,
      reason,
      cause: error,
    });
  if (error.cause instanceof Response) {
    const { status, headers } = error.cause;
    const found = status >= 300
      ? `HTTP ${status} and no error that OAuth knows`
      : `${oneLine(headers.get("content-type") ?? "").slice(0, 80) || "nothing"} instead of JSON`;
    return bad(
      /jwk-set|JSON Web Key Set/.test(error.message) ? `keys that cannot be had (${found})` : found,
      "see whether a proxy or firewall answers in its place, or tell the provider's administrator",
      "invalid_response",
    );
  }
  if (/"iss" \(issuer\).* parameter|parameter "iss"/.test(error.message)) {
    return bad(
      /missing/.test(error.message)
        ? "nothing that says that it is its own (iss), as its metadata promises"
        : `what is of another provider (iss ${value(details.parameters?.get("iss"))})`,
      "do not trust this network or provider before you know why",
      "invalid_response",
    );
  }
  if (/^JWE/.test(error.message)) {
    return bad(
      "an encrypted token (JWE), which is not supported",
      "let the provider sign this client's ID tokens and not encrypt them",
      "encrypted_token",
    );
  }
  const { claim } = details;
  if (error.code === JWT_TIMESTAMP_CHECK) {
    return bad(
      `an ID token whose ${claim} does not fit the time of this machine`,
      "check the clock of this machine",
      "id_token_time",
    );
  }
  if (error.code === JWT_CLAIM_COMPARISON && claim === "nonce") {
    return bad("an ID token for another sign-in", "sign in again", "id_token_nonce");
  }
  if (error.code === JWT_CLAIM_COMPARISON) {
    const found = value(details.claims?.[claim ?? ""]);
    const wanted = details.expected === undefined ? "" : `, not ${value(details.expected)}`;
    return bad(
      `an ID token whose ${claim} is ${found}${wanted}`,
      "check OIDC_ISSUER_URL and OIDC_CLIENT_ID",
      `id_token_${claim}`,
    );
  }
  if (error.code === KEY_SELECTION && /multiple/.test(error.message)) {
    return bad(
      "an ID token that does not say which of its keys it is signed with (kid)",
      "tell the provider's administrator",
      "id_token_key",
    );
  }
  if (error.code === KEY_SELECTION) {
    return bad(
      `an ID token signed with a key (kid ${
        value(details.header?.kid)
      }) that its jwks_uri does not list`,
      "tell the provider's administrator",
      "id_token_key",
    );
  }
  if (/alg/i.test(error.message)) {
    return bad(
      `a token signed with the algorithm ${
        value(details.alg ?? details.header?.alg)
      }, which is not accepted`,
      "let the provider sign the client's ID tokens with RS256, PS256, ES256 or EdDSA",
      "id_token_alg",
    );
  }
  if (/signature/.test(error.message)) {
    return bad(
      "an ID token whose signature is wrong",
      "do not trust this network or provider before you know why",
      "id_token_signature",
    );
  }
  return bad(
    `what the protocol does not allow (${describe(new Error(error.message))})`,
    "check OIDC_ISSUER_URL, or tell the provider's administrator",
    "invalid_response",
  );
}

async function jsonBody(response: Response): Promise<Record<string, unknown>> {
  try {
    const body = await response.json();
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}

function text(from: unknown): string | undefined {
  return typeof from === "string" && from !== "" ? from : undefined;
}

function value(from: unknown): string {
  return (JSON.stringify(from) ?? "missing").slice(0, 200);
}
