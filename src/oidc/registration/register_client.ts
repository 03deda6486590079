import {
  allowInsecureRequests,
  customFetch,
  dynamicClientRegistrationRequest,
  processDynamicClientRegistrationResponse,
} from "@panva/oauth4webapi";
import { ProxyError } from "../../errors.ts";
import { programName } from "../../version.ts";
import {
  type ClientAuthenticationMethod,
  clientAuthenticationMethods,
} from "../client_authentication/methods.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { providerError } from "../provider_error.ts";
import type { Fetch } from "../provider_fetch.ts";

/** A client that was registered at a provider (RFC 7591 section 3.2.1). */
export interface RegisteredClient {
  /** Its id. */
  clientId: string;
  /** Its secret, when the provider gave one. */
  clientSecret?: string;
  /** How it authenticates. */
  method: ClientAuthenticationMethod | "auto";
  /** Until when it is good, in milliseconds since the epoch; absent for ever. */
  expiresAt?: number;
}

/** What {@linkcode registerClient} asks for. */
export interface RegistrationOptions {
  /** The redirect URLs. */
  redirectUrls: readonly URL[];
  /** Whether the device flow is wanted too. */
  device: boolean;
  /** Sends the request. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** Registers us as a native client (RFC 7591, RFC 8252 section 8.4). */
export async function registerClient(
  server: AuthorizationServer,
  { redirectUrls, device, fetch, signal }: RegistrationOptions,
): Promise<RegisteredClient> {
  if (!server.registration_endpoint) {
    throw new ProxyError({
      category: "Configuration error",
      what: `OIDC_CLIENT_ID is not set, and ${server.issuer} does not register clients by itself`,
      fix: "register a public client there and set OIDC_CLIENT_ID",
      reason: "no_registration",
    });
  }
  try {
    const response = await dynamicClientRegistrationRequest(
      server,
      {
        client_name: programName,
        application_type: "native",
        redirect_uris: redirectUrls.map((url) => url.href),
        grant_types: [
          "authorization_code",
          "refresh_token",
          ...device ? ["urn:ietf:params:oauth:grant-type:device_code"] : [],
        ],
        response_types: ["code"],
        token_endpoint_auth_method: methodToRegister(server),
        // No scope: it would bound what the client may ever ask for, and backends ask for more later.
      },
      { [customFetch]: fetch, [allowInsecureRequests]: true, signal },
    );
    const client = await processDynamicClientRegistrationResponse(await completed(response));
    const { client_id, client_secret, client_secret_expires_at, token_endpoint_auth_method } =
      client;
    const method = clientAuthenticationMethods.find((name) => name === token_endpoint_auth_method);
    return {
      clientId: client_id,
      ...(typeof client_secret === "string" && { clientSecret: client_secret }),
      // What an answer leaves out is as it was asked for; a secret that nobody asked for is to be used.
      method: method ??
        (client_secret !== undefined && !server.token_endpoint_auth_methods_supported
          ? "auto"
          : methodToRegister(server)),
      ...(typeof client_secret_expires_at === "number" && client_secret_expires_at > 0 && {
        expiresAt: client_secret_expires_at * 1000,
      }),
    };
  } catch (error) {
    throw await providerError(error, { step: "the client registration", issuer: server.issuer });
  }
}

/**
 * The answer with the status 201 and the `client_secret_expires_at` beside a secret that RFC 7591
 * section 3.2.1 requires and not every provider gives.
 */
async function completed(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const body = await response.clone().json().catch(() => undefined);
  if (typeof body?.client_id !== "string") return response;
  return Response.json({ client_secret_expires_at: 0, ...body }, { status: 201 });
}

/** A public client where that is possible: whatever is on a person's machine is no secret. */
function methodToRegister(server: AuthorizationServer): ClientAuthenticationMethod {
  const offered = server.token_endpoint_auth_methods_supported ?? ["none"];
  return (["none", "client_secret_basic", "client_secret_post"] as const)
    .find((method) => offered.includes(method)) ?? "none";
}
