import type { AuthorizationFields, Authorizer, OutgoingRequest } from "../bridge/authorizer.ts";
import type { Credential } from "../credential.ts";
import type { CredentialSource } from "../credentials/credential_source.ts";
import { ProxyError } from "../errors.ts";

/**
 * Authorizes the bridge's requests with the credential of one identity: the bearer token when there
 * is one at hand, renewed once when the backend refuses it, an explanation after that.
 */
export function createAuthorizer(source: CredentialSource): Authorizer {
  // Which token a request went out with is asked only when it is refused: remembering the last few
  // field objects is cheaper than parsing them, and keeps the token out of the seam.
  const sent = new WeakMap<AuthorizationFields, Credential>();
  let latest: { credential: Credential; fields: AuthorizationFields } | undefined;
  const fieldsFor = (credential: Credential): AuthorizationFields => {
    if (latest?.credential.accessToken !== credential.accessToken) {
      latest = { credential, fields: { authorization: `Bearer ${credential.accessToken}` } };
      sent.set(latest.fields, credential);
    }
    return latest.fields;
  };
  const credentialRequest = (request: OutgoingRequest) => ({
    interactive: request.purpose === "client",
    signal: request.signal,
  });
  return {
    authorize(request) {
      const credential = source.current(credentialRequest(request));
      return credential instanceof Promise ? credential.then(fieldsFor) : fieldsFor(credential);
    },
    async refused(refusal) {
      const credential = sent.get(refusal.fields);
      if (refusal.status === 403 || refusal.attempt > 1 || !credential) throw refusalError(refusal);
      await source.renewed(credential.accessToken, credentialRequest(refusal.request));
    },
  };
}

function refusalError(refusal: { status: number; request: OutgoingRequest }): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `${refusal.request.url.origin} refused a fresh token with HTTP ${refusal.status}`,
    todo:
      "check that the backend trusts this issuer and client id and that OIDC_SCOPES has what it needs",
    reason: "token_refused",
    httpStatus: refusal.status,
  });
}
