import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { deriveCredential } from "./derive_credential.ts";
import type { SubjectToken } from "./exchange_token.ts";

/** An ID token that ends within so many milliseconds may have ended when it arrives. */
const margin = 10_000;

/**
 * Exchanges the token of a sign-in: its access token, or, for an ID-JAG, its ID token. A refresh
 * token is never what is exchanged, though the draft of ID-JAG lets providers take one: nothing says
 * whether it is spent by that.
 *
 * @throws {ProxyError} `subject_expired` when it takes a new ID token first
 */
export async function exchangeCredential(
  connection: ProviderConnection,
  credential: Credential,
  { moreScopes, signal }: { moreScopes?: readonly string[]; signal: AbortSignal },
): Promise<Credential> {
  const { claims, dpopKey, signInId } = credential;
  const derived = await deriveCredential(connection, {
    subject: subjectOf(credential, connection),
    claims,
    moreScopes,
    dpopKey,
    signal,
  });
  return { ...derived, ...(signInId !== undefined && { signInId }) };
}

function subjectOf(
  { accessToken, idToken, claims }: Credential,
  { options, providerNow, server: { issuer } }: ProviderConnection,
): SubjectToken {
  if (!options.exchange?.backend) return { token: accessToken, type: "access_token" };
  const exp = typeof claims?.exp === "number" ? claims.exp * 1000 : 0;
  if (idToken !== undefined && exp - margin > providerNow()) {
    return { token: idToken, type: "id_token" };
  }
  throw new ProxyError({
    category: "Authentication error",
    what: idToken === undefined
      ? `${issuer} gave no ID token, which an ID-JAG is exchanged for`
      : `the ID token of ${issuer}, which an ID-JAG is exchanged for, has ended`,
    fix: options.scopes.includes("openid")
      ? "sign in again: authful-mcp-proxy login --force"
      : "leave OIDC_NO_OPENID out and sign in again",
    reason: "subject_expired",
  });
}
