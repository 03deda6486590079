import { excerpt } from "../../base/excerpt.ts";
import {
  allowInsecureRequests,
  customFetch,
  dynamicClientRegistrationRequest,
  processDynamicClientRegistrationResponse,
} from "@panva/oauth4webapi";
import { ProxyError } from "../../base/errors.ts";
import { programName } from "../../base/version.ts";
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
  /** How it was asked to authenticate, when that was set; the provider's answer may be another. */
  asked?: ClientAuthenticationMethod;
  /** Until when it is good, in milliseconds since the epoch; absent for ever. */
  expiresAt?: number;
  /** The flows that it was registered for, where the provider refused more of them in one client. */
  flows?: readonly RegisteredFlow[];
  /** The scopes that it was registered for, where the provider wanted them to be named. */
  scopes?: readonly string[];
}

/** A flow that a client has to be registered for (`grant_types` of RFC 7591 section 2). */
export type RegisteredFlow = "code" | "device";

/** What {@linkcode registerClient} asks for. */
export interface RegistrationOptions {
  /** The redirect URLs. */
  redirectUrls: readonly URL[];
  /** The flows that are wanted, the one that matters most first. */
  flows: readonly [RegisteredFlow, ...RegisteredFlow[]];
  /**
   * The scopes to register for; none unless told, since a provider that is told has the client never
   * ask for others, and Keycloak takes its default scopes from it, with the audience in them.
   */
  scopes?: readonly string[];
  /** How the client is to authenticate; `auto` goes by the metadata. */
  method?: ClientAuthenticationMethod | "auto";
  /** Reads the initial access token (RFC 7591 section 1.2) of providers that want one. */
  readInitialAccessToken?: () => Promise<string>;
  /** Sends the request. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Registers us as a native client (RFC 7591, RFC 8252 section 8.4). A provider that refuses a client
 * with several flows, as Django OAuth Toolkit does, is asked once more, for the first one alone.
 *
 * @throws {ProxyError} `no_registration`, `registration_closed`, `client_authentication`, or the
 * provider's refusal
 */
export async function registerClient(
  server: AuthorizationServer,
  options: RegistrationOptions,
): Promise<RegisteredClient> {
  const { issuer } = server;
  if (!server.registration_endpoint) {
    throw new ProxyError({
      category: "Configuration error",
      what: `OIDC_CLIENT_ID is not set, and ${issuer} does not register clients by itself`,
      fix: "register a public client there and set OIDC_CLIENT_ID",
      reason: "no_registration",
    });
  }
  const { flows, method = "auto" } = options;
  const asked = method === "auto" ? methodToRegister(server) : registrable(method);
  const initialAccessToken = await options.readInitialAccessToken?.();
  const request = { asked, initialAccessToken };
  try {
    return await requestClient(server, options, request);
  } catch (error) {
    if (flows.length === 1 || !isAboutGrants(error)) throw error;
    const fewer = { ...options, flows: [flows[0]] as const };
    try {
      return { ...await requestClient(server, fewer, request), flows: fewer.flows };
    } catch (second) {
      if (!(second instanceof ProxyError) || second.what === error.what) throw second;
      throw new ProxyError({
        ...second,
        what: `${second.what}; before, when asked for several grants in one client: ${error.what}`,
        cause: second,
      });
    }
  }
}

/** Sends one registration request and reads its answer. */
async function requestClient(
  server: AuthorizationServer,
  { redirectUrls, flows, scopes, method = "auto", fetch, signal }: RegistrationOptions,
  { asked, initialAccessToken }: { asked: ClientAuthenticationMethod; initialAccessToken?: string },
): Promise<RegisteredClient> {
  try {
    const response = await dynamicClientRegistrationRequest(
      server,
      {
        client_name: programName,
        application_type: "native",
        redirect_uris: redirectUrls.map((url) => url.href),
        grant_types: [...flows.map((flow) => grantOf[flow]), "refresh_token"],
        response_types: flows.includes("code") ? ["code"] : [],
        token_endpoint_auth_method: asked,
        ...scopes && { scope: scopes.join(" ") },
      },
      { [customFetch]: fetch, [allowInsecureRequests]: true, initialAccessToken, signal },
    );
    if (response.status === 401 || response.status === 403) {
      throw await closed(response, { server, hadToken: initialAccessToken !== undefined });
    }
    const client = await processDynamicClientRegistrationResponse(await completed(response));
    const { client_id, client_secret, client_secret_expires_at } = client;
    return {
      clientId: client_id,
      ...(typeof client_secret === "string" && { clientSecret: client_secret }),
      method: methodOf(client, { asked, server }),
      ...(method !== "auto" && { asked: method }),
      ...(typeof client_secret_expires_at === "number" && client_secret_expires_at > 0 && {
        expiresAt: client_secret_expires_at * 1000,
      }),
      ...scopes && { scopes },
    };
  } catch (error) {
    throw await providerError(error, { step: "the client registration", issuer: server.issuer });
  }
}

const grantOf: Readonly<Record<RegisteredFlow, string>> = {
  code: "authorization_code",
  device: "urn:ietf:params:oauth:grant-type:device_code",
};

/** Whether a registration may have been refused for its grants: few providers say what they mean. */
function isAboutGrants(error: unknown): error is ProxyError {
  return error instanceof ProxyError && error.reason !== "registration_closed" &&
    (error.reason === "invalid_client_metadata" || /\bgrant/i.test(error.what));
}

/** How a client authenticates by what its registration was answered with, which has the last word. */
function methodOf(
  { client_secret, token_endpoint_auth_method }: Record<string, unknown>,
  { asked, server }: { asked: ClientAuthenticationMethod; server: AuthorizationServer },
): ClientAuthenticationMethod | "auto" {
  const method = clientAuthenticationMethods.find((name) => name === token_endpoint_auth_method);
  // Whatever it is called, a client that was given nothing to prove itself by is a public one.
  if (typeof client_secret !== "string") return "none";
  if (method) return method;
  if (asked !== "none") return asked;
  // A secret that nobody asked for is there to be used, where the provider takes secrets at all.
  const known = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return known.some((name) => name.startsWith("client_secret_")) ? "auto" : "none";
}

/** The methods that need nothing but what a registration is answered with. */
const registrableMethods = [
  "none",
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
];

function registrable(method: ClientAuthenticationMethod): ClientAuthenticationMethod {
  if (registrableMethods.includes(method)) return method;
  throw new ProxyError({
    category: "Configuration error",
    what: `a client that registers itself cannot authenticate by ${method} (OIDC_CLIENT_AUTH)`,
    fix: "register a client by hand and set OIDC_CLIENT_ID, or leave OIDC_CLIENT_AUTH out",
    reason: "client_authentication",
  });
}

/** Providers say in many ways, or not at all, that not everybody may register a client. */
async function closed(
  response: Response,
  { server, hadToken }: { server: AuthorizationServer; hadToken: boolean },
): Promise<ProxyError> {
  const { issuer } = server;
  const body = await response.json().catch(() => undefined);
  const said = [body?.error, body?.error_description].filter((part) => typeof part === "string");
  const words = said.length > 0 ? `: ${excerpt(said.join(", "), { max: 300 })}` : "";
  return new ProxyError({
    category: "Configuration error",
    what: hadToken
      ? `${issuer} does not accept the token of OIDC_REGISTRATION_TOKEN_FILE (HTTP ${response.status}${words})`
      : `OIDC_CLIENT_ID is not set, and ${issuer} does not let everybody register a client (HTTP ${response.status}${words})`,
    fix: hadToken
      ? "ask the provider's administrator for a new initial access token, or register a client by hand and set OIDC_CLIENT_ID"
      : "register a public client there by hand and set OIDC_CLIENT_ID, or set OIDC_REGISTRATION_TOKEN_FILE to a file with an initial access token",
    reason: "registration_closed",
  });
}

/**
 * The answer with the status 201 and the `client_secret_expires_at` beside a secret that RFC 7591
 * section 3.2.1 requires and not every provider gives.
 */
async function completed(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const body = await response.clone().json().catch(() => undefined);
  if (body === undefined) return response;
  return Response.json({ client_secret_expires_at: 0, ...body }, { status: 201 });
}

/**
 * A public client where the provider says that it knows such: whatever is on a person's machine is
 * no secret. Metadata that lists no method means `client_secret_basic` (RFC 8414 section 2).
 */
function methodToRegister(server: AuthorizationServer): ClientAuthenticationMethod {
  const offered = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return (["none", "client_secret_basic", "client_secret_post", "client_secret_jwt"] as const)
    .find((method) => offered.includes(method)) ?? "none";
}
