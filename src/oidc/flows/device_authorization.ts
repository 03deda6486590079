import {
  calculatePKCECodeChallenge,
  deviceAuthorizationRequest,
  generateRandomCodeVerifier,
  processDeviceAuthorizationResponse,
} from "@panva/oauth4webapi";
import type { PendingDevice } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { urlFault } from "../discovery/check_metadata.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestedScope } from "./requested_scope.ts";

const defaultInterval = 5;
const shortestInterval = 1;
/** A provider that wants to be asked less often than this keeps the person waiting for nothing. */
export const longestInterval = 60;

/**
 * Asks for a device code. PKCE is sent as with a browser: no specification has it here, but
 * providers that require it of a client (a switch of Keycloak 26) do so in every flow, and RFC 6749
 * section 3.2 has all others ignore what they do not know.
 *
 * @throws {ProxyError} `no_device_flow`, `unsafe_endpoint`, or the provider's refusal
 */
export async function authorizeDevice(
  connection: ProviderConnection,
  signal: AbortSignal,
): Promise<PendingDevice> {
  const hasDeviceFlow = await connection.lookFor("device_authorization_endpoint", signal);
  const { server, client, authenticate, options, now } = connection;
  const { issuer } = server;
  if (!hasDeviceFlow) {
    throw new ProxyError({
      category: "Configuration error",
      what: `${issuer} does not know the device flow`,
      fix: otherWays,
      reason: "no_device_flow",
    });
  }
  const codeVerifier = generateRandomCodeVerifier();
  const parameters = new URLSearchParams(options.authorizationParameters);
  const own = {
    scope: requestedScope(options.scopes),
    resource: options.resource,
    audience: options.audience,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) parameters.set(name, value);
  }
  try {
    const response = await deviceAuthorizationRequest(
      server,
      client,
      authenticate,
      parameters,
      connection.request(signal),
    );
    const answer = await processDeviceAuthorizationResponse(
      server,
      client,
      await completed(response, options.loginTimeout),
    );
    const { verification_uri: verificationUrl, verification_uri_complete: completeUrl } = answer;
    for (const url of [verificationUrl, completeUrl]) {
      if (url === undefined) continue;
      const fault = pageFault(url, issuer);
      if (fault !== undefined) throw unsafePage(issuer, { url, fault });
    }
    const { interval = defaultInterval } = answer;
    return {
      issuer: options.issuerUrl.href,
      clientId: client.client_id,
      startedAt: now(),
      deviceCode: answer.device_code,
      userCode: answer.user_code,
      verificationUrl: asOpened(verificationUrl),
      ...(completeUrl !== undefined && { completeUrl: asOpened(completeUrl) }),
      expiresAt: now() + Math.min(answer.expires_in * 1000, options.loginTimeout),
      interval: Math.min(Math.max(interval, shortestInterval), longestInterval) * 1000,
      codeVerifier,
    };
  } catch (error) {
    throw await providerError(error, {
      step: "the device authorization request",
      issuer,
      method: connection.method,
      requested: connection.options,
    });
  }
}

/**
 * A URL as the browser opens it: a name in letters that look like others, or text that runs the other
 * way, shows itself.
 */
function asOpened(url: string): string {
  return new URL(url).href;
}

/** What to do where the device flow is not to be had. */
export const otherWays: string =
  "set OIDC_FLOW to paste and run authful-mcp-proxy login in a terminal, or to browser if there " +
  "is one on this machine";

/**
 * The answer with the member names of RFC 8628, where they were others in its drafts, as they are
 * at Google; what says nothing of use is left out.
 */
async function completed(response: Response, loginTimeout: number): Promise<Response> {
  if (response.status !== 200) return response;
  const body = await response.clone().json().catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return response;
  const { verification_url, verification_url_complete, interval, ...rest } = body;
  const seconds = typeof interval === "string" ? Number(interval) : interval;
  return Response.json({
    verification_uri: verification_url,
    verification_uri_complete: verification_url_complete,
    expires_in: loginTimeout / 1000,
    ...rest,
    ...(typeof seconds === "number" && seconds > 0 && { interval: seconds }),
  });
}

/** Why a page must not be shown. It may have a fragment, unlike an endpoint; the rest is the same. */
function pageFault(url: string, issuer: string): string | undefined {
  return urlFault(url.replace("#", "/"), issuer);
}

function unsafePage(issuer: string, { url, fault }: { url: string; fault: string }): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `${issuer} names ${
      JSON.stringify(excerpt(url))
    } as the page to sign in at, which ${fault}`,
    fix: "tell the provider's administrator",
    reason: "unsafe_endpoint",
  });
}
