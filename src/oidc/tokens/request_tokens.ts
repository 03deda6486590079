import { isDPoPNonceError, ResponseBodyError } from "@panva/oauth4webapi";
import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { issuerOfIdToken } from "../discovery/issuer_template.ts";
import type {
  AuthorizationServer,
  TokenEndpointRequestOptions,
  TokenEndpointResponse,
} from "../oauth_types.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { checkIdToken } from "./check_id_token.ts";
import { tokenCredential } from "./token_credential.ts";

/** One request to the token endpoint. */
export interface TokenRequest {
  /** The key that the tokens are to be bound to. */
  dpopKey: JsonWebKey | undefined;
  /**
   * Whether an ID token is accepted although its keys cannot be fetched at the moment: by the
   * connection that it came over alone (OpenID Connect Core section 3.1.3.7 rule 6).
   */
  allowUnavailableJwks?: boolean;
  /** Whether an answer that says nothing may have spent what it was sent with: a refresh token. */
  maySpend?: boolean;
  /** Ends the wait. */
  signal: AbortSignal;
  /** Sends it. */
  send(options: TokenEndpointRequestOptions): Promise<Response>;
  /** Checks the answer by the rules of its grant; `server` is the one that its ID token must name. */
  process(
    server: AuthorizationServer,
    response: Response,
    idToken: string | undefined,
  ): Promise<TokenEndpointResponse>;
}

/** The algorithms with a public key; never `none` nor one of a shared secret. */
const signingAlgorithms = [
  ...["RS", "PS", "ES"].flatMap((kind) => [`${kind}256`, `${kind}384`, `${kind}512`]),
  "EdDSA",
  "Ed25519",
];

/**
 * Asks the token endpoint and makes a credential of what it answers: with the parameters that are
 * configured for every token request, a DPoP proof when there is a key (again with the nonce that
 * the provider asks for), and every check of the ID token.
 */
export async function requestTokens(
  connection: ProviderConnection,
  request: TokenRequest,
): Promise<Credential> {
  const { dpopKey, signal, allowUnavailableJwks = false, maySpend } = request;
  const { server, now, options } = connection;
  const { resource, tokenParameters, presentedToken } = options;
  const handle = await connection.dpop(dpopKey);
  let isReaddressed = false;
  for (let attempt = 1;; attempt++) {
    const response = await request.send({
      ...connection.request(signal),
      additionalParameters: { ...tokenParameters, ...(resource !== undefined && { resource }) },
      DPoP: handle,
    });
    const receivedAt = now();
    const body = await response.clone().text();
    const idToken = idTokenIn(body);
    const expected = idToken === undefined ? server : {
      ...server,
      issuer: issuerOfIdToken(server.issuer, idToken),
      // What it signs with it signs with; whether it is its signature, its keys tell.
      id_token_signing_alg_values_supported: signingAlgorithms,
    };
    let tokens: TokenEndpointResponse;
    try {
      tokens = await request.process(expected, response, idToken);
    } catch (error) {
      const mayBeAudience = isAboutAudience(error) ||
        // Glewlwyd answers an assertion that is not addressed to its token endpoint without a word.
        !maySpend && body === "" && (response.status === 401 || response.status === 403);
      if (mayBeAudience && connection.useTokenEndpointAudience()) {
        isReaddressed = true;
        continue;
      }
      // The second may have been the first with an assertion that was accepted.
      if (attempt <= 2 && handle && isDPoPNonceError(error)) continue;
      throw error;
    }
    if (isReaddressed) await connection.rememberAudience();
    await checkIdToken(tokens, { connection, response, signal, allowUnavailableJwks });
    if (handle && tokens.token_type !== "dpop") throw unbound(server.issuer);
    return {
      ...tokenCredential(tokens, {
        issuer: options.issuerUrl.href,
        clientId: options.clientId,
        receivedAt,
        presentedToken,
      }),
      ...(dpopKey && { dpopKey }),
    };
  }
}

/** The ID token of an answer, be it good or not. */
function idTokenIn(body: string): string | undefined {
  try {
    const token = JSON.parse(body).id_token;
    return token === undefined ? undefined : String(token);
  } catch {
    return undefined;
  }
}

/**
 * Whether a client assertion was, or may have been, refused for whom it is addressed to: Okta says
 * that it wants its endpoint, others give no reason. The grant was not looked at then.
 */
function isAboutAudience(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error === "invalid_client" &&
    /^$|\baud(ience)?\b/i.test(error.error_description ?? "");
}

function unbound(issuer: string): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `${issuer} gave tokens that are not bound to our key (DPoP)`,
    fix: "allow DPoP for this client at the provider, or leave OIDC_DPOP out",
    reason: "dpop_ignored",
  });
}
