import { JWT_CLAIM_COMPARISON, JWT_TIMESTAMP_CHECK, KEY_SELECTION } from "@panva/oauth4webapi";
import { describe, ProxyError } from "../base/errors.ts";
import { excerpt } from "../base/excerpt.ts";
import type { FailedStep } from "./failed_step.ts";
import type { OperationProcessingError, UnsupportedOperationError } from "./oauth_types.ts";

/** An answer that does not keep to the protocol, or that is not meant for us. */
export function protocolError(
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
  const bad = (what: string, fix: string, reason: string) =>
    new ProxyError({
      category: "Authentication error",
      what: `${issuer} answered ${step} with ${what}`,
      fix,
      reason,
      cause: error,
    });
  if (error.cause instanceof Response) {
    const { status, headers } = error.cause;
    const found = status >= 300
      ? `HTTP ${status} and no error that OAuth knows`
      : `${excerpt(headers.get("content-type") ?? "", { max: 80 }) || "nothing"} instead of JSON`;
    return bad(
      /jwk-set|JSON Web Key Set/.test(error.message) ? `keys that cannot be had (${found})` : found,
      "check whether a proxy or firewall answers in its place, or tell the provider's administrator",
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
      "configure the provider to sign this client's ID tokens and not to encrypt them",
      "encrypted_token",
    );
  }
  const { claim } = details;
  if (error.code === JWT_TIMESTAMP_CHECK) {
    return bad(
      `an ID token whose ${claim} does not fit the time`,
      "check the clocks of this machine and of the provider",
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
      "configure the provider to sign the client's ID tokens with RS256, PS256, ES256 or EdDSA",
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

function value(from: unknown): string {
  return excerpt(JSON.stringify(from) ?? "missing");
}
