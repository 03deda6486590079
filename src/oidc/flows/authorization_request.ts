import type { OwnAuthorizationParameter } from "./own_parameters.ts";
import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  isDPoPNonceError,
  processPushedAuthorizationResponse,
  pushedAuthorizationRequest,
} from "@panva/oauth4webapi";
import type { PendingAuthorization } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { checkPkce } from "../discovery/check_metadata.ts";
import { generateDpopKey } from "../dpop/dpop_key.ts";
import type { DPoPHandle } from "../oauth_types.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestedScope } from "./requested_scope.ts";

/** What an authorization request is made for. */
export interface AuthorizationRequestOptions {
  /** The redirect URL, with the port that is really listened on. */
  redirectUrl: string;
  /** When the person has waited too long, in milliseconds since the epoch. */
  expiresAt: number;
  /** The request that this one stands in for: its answer is the answer to both. */
  instead?: PendingAuthorization;
  /** Whether the person is to be asked for consent, even if they gave it before. */
  consent?: boolean;
  /** Whether nobody is to be asked anything: whoever is not signed in there gets an error. */
  isSilent?: boolean;
  /** Ends the wait for a pushed request. */
  signal: AbortSignal;
}

/**
 * A new authorization request (RFC 6749 section 4.1.1) with PKCE S256, `state` and, when OpenID
 * Connect is asked for, `nonce`; pushed to the provider (RFC 9126) when it wants that or we do.
 * What the authorization endpoint's own query says is kept.
 */
export async function authorizationRequest(
  connection: ProviderConnection,
  { redirectUrl, expiresAt, instead, consent, isSilent, signal }: AuthorizationRequestOptions,
): Promise<PendingAuthorization> {
  const { server, client, options, now } = connection;
  const { scopes, resource, audience, authorizationParameters } = options;
  checkPkce(server, { strict: options.strict ?? false, warn: connection.warnOnce });
  const { state, nonce, codeVerifier, dpopKey } = instead ?? {
    state: generateRandomState(),
    nonce: scopes.includes("openid") ? generateRandomNonce() : "",
    codeVerifier: generateRandomCodeVerifier(),
    dpopKey: options.dpop ? await generateDpopKey() : undefined,
  };
  const dpop = await connection.dpop(dpopKey);
  const parameters = new URLSearchParams(authorizationParameters);
  const own: Partial<Record<OwnAuthorizationParameter | "prompt", string>> = {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUrl,
    scope: requestedScope(scopes),
    state,
    nonce: nonce || undefined,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
    resource,
    audience,
    prompt: isSilent ? "none" : consent ? withConsent(authorizationParameters?.prompt) : undefined,
    dpop_jkt: await dpop?.calculateThumbprint(),
  };
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) parameters.set(name, value);
  }
  const push = options.pushedAuthorization || server.require_pushed_authorization_requests;
  const url = new URL(server.authorization_endpoint!);
  const visible = push
    ? {
      client_id: client.client_id,
      request_uri: await pushed(connection, { parameters, dpop, signal }),
    }
    : Object.fromEntries(parameters);
  for (const [name, value] of Object.entries(visible)) url.searchParams.set(name, value);
  return {
    issuer: options.issuerUrl.href,
    authorizationUrl: url.href,
    redirectUrl,
    state,
    nonce,
    codeVerifier,
    startedAt: now(),
    expiresAt,
    ...(dpopKey && { dpopKey }),
  };
}

/** The `prompt` parameter with `consent` in it (OpenID Connect Core section 3.1.2.1). */
function withConsent(prompt = ""): string {
  return [...new Set([...prompt.split(" ").filter((word) => word !== ""), "consent"])].join(" ");
}

/** Whether it was pushed: the provider then knows it for a minute or so, and takes it once. */
export function isPushed({ authorizationUrl }: PendingAuthorization): boolean {
  return new URL(authorizationUrl).searchParams.has("request_uri");
}

/** Pushes the request and returns the reference to it. */
async function pushed(
  connection: ProviderConnection,
  { parameters, dpop, signal }: {
    parameters: URLSearchParams;
    dpop: DPoPHandle | undefined;
    signal: AbortSignal;
  },
): Promise<string> {
  const isOffered = await connection.lookFor("pushed_authorization_request_endpoint", signal);
  const { server, client, authenticate } = connection;
  if (!isOffered) {
    throw new ProxyError({
      category: "Configuration error",
      what: `${server.issuer} has no endpoint for pushed authorization requests`,
      fix: "leave OIDC_PAR out",
      reason: "no_par",
    });
  }
  for (let attempt = 1;; attempt++) {
    try {
      const response = await pushedAuthorizationRequest(server, client, authenticate, parameters, {
        ...connection.request(signal),
        DPoP: dpop,
      });
      return (await processPushedAuthorizationResponse(server, client, response)).request_uri;
    } catch (error) {
      if (attempt === 1 && isDPoPNonceError(error)) continue;
      throw await providerError(error, {
        step: "the pushed authorization request",
        issuer: server.issuer,
        method: connection.method,
        requested: connection.options,
      });
    }
  }
}
