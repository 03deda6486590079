import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import type { ExchangeOptions } from "../client_options.ts";
import type { Derivation } from "./derivation.ts";
import { exchangeToken } from "./exchange_token.ts";

/**
 * The credential that the backend is shown, for one of a sign-in: by an exchange at the provider
 * (RFC 8693, or Entra ID's on-behalf-of), or by an ID-JAG of the provider at the backend's own
 * authorization server. It has no refresh token: it is renewed by another exchange.
 *
 * @throws {ProxyError} that says at which of the servers something has to be done
 */
export async function deriveCredential(
  connection: ProviderConnection,
  derivation: Derivation,
): Promise<Credential> {
  const { exchange } = connection.options;
  if (!exchange) throw nothingToExchangeFor();
  const { idToken: _i, refreshToken: _r, claims: _c, ...derived } = await derive(
    connection,
    exchange,
    derivation,
  );
  const { claims } = derivation;
  return { ...derived, ...(claims && { claims: { ...claims } }) };
}

async function derive(
  connection: ProviderConnection,
  exchange: ExchangeOptions,
  derivation: Derivation,
): Promise<Credential> {
  const { subject, dpopKey, signal, moreScopes = [] } = derivation;
  if (exchange.backend) {
    const { crossDomainCredential } = await import("./cross_domain_credential.ts");
    return await crossDomainCredential(connection, derivation);
  }
  const scopes = [...new Set([...exchange.scopes, ...moreScopes])];
  if (exchange.grant === "on-behalf-of") {
    const { redeemAssertion } = await import("./redeem_assertion.ts");
    return await redeemAssertion(connection, {
      assertion: subject.token,
      scopes,
      parameters: { requested_token_use: "on_behalf_of" },
      step: "the on-behalf-of request",
      dpopKey,
      signal,
    });
  }
  const { audience, resource } = exchange;
  return await exchangeToken(connection, {
    subject,
    audience,
    resource: resource === "none" ? undefined : resource,
    scopes,
    dpopKey,
    signal,
  });
}

function nothingToExchangeFor(): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: "the token of the sign-in is to be exchanged, and nothing says for what",
    fix: "set OIDC_EXCHANGE_AUDIENCE or OIDC_EXCHANGE_RESOURCE",
    reason: "missing_setting",
  });
}
