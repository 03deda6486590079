import {
  ClientSecretJwt,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  TlsClientAuth,
} from "@panva/oauth4webapi";
import { ProxyError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { AuthorizationServer, ClientAuth } from "../oauth_types.ts";
import { importClientKey } from "./client_key.ts";
import type { ClientAuthenticationMethod } from "./methods.ts";

/** What decides how we authenticate at the provider. */
export interface ClientAuthenticationOptions {
  /** The provider's metadata. */
  server: AuthorizationServer;
  /** The method that was asked for. */
  method: ClientAuthenticationMethod | "auto";
  /** The secret of a confidential client. */
  clientSecret: string | undefined;
  /** Reads the private key of a confidential client. */
  readClientKey: (() => Promise<string>) | undefined;
  /** Whether this provider is known to take assertions that are addressed to its token endpoint alone. */
  wantsTokenEndpoint?(): Promise<boolean>;
  /** Where a doubtful choice is reported. */
  log: Log;
}

/** A client authentication and its registered name. */
export interface ClientAuthentication {
  /** The name. */
  method: ClientAuthenticationMethod;
  /** What does it. */
  authenticate: ClientAuth;
  /**
   * Addresses later assertions to the token endpoint instead of the issuer; false when there are
   * none, or they are so already. RFC 7523 section 3 allows both, and some providers only this one.
   */
  useTokenEndpointAudience?(): boolean;
}

/**
 * The client authentication (OpenID Connect Core section 9) that was asked for, or the best one
 * that the provider knows and the configuration has the means for.
 *
 * @throws {ProxyError} `client_authentication` when there is none.
 */
export async function clientAuthentication(
  options: ClientAuthenticationOptions,
): Promise<ClientAuthentication> {
  const { server, clientSecret, readClientKey, wantsTokenEndpoint, log } = options;
  // The default is OpenID Connect Discovery section 3's.
  const offered = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const method = options.method === "auto" ? chosenMethod(options, offered) : options.method;
  if (options.method !== "auto" && !offered.includes(method)) {
    log.warn(
      `${server.issuer} does not list ${method} as a client authentication (it lists ${
        offered.join(", ")
      }), trying it all the same`,
    );
  }
  const secret = () => clientSecret ?? missing(method, "OIDC_CLIENT_SECRET");
  // Entra's issuer is a template, which no assertion can be addressed to.
  let audience = server.issuer.includes("{") ? server.token_endpoint : undefined;
  const adjust = (_header: object, payload: object) => {
    if (audience) Object.assign(payload, { aud: audience });
  };
  const useTokenEndpointAudience = () => {
    if (audience) return false;
    audience = server.token_endpoint;
    return true;
  };
  if ((method === "client_secret_jwt" || method === "private_key_jwt") && !audience) {
    audience = await wantsTokenEndpoint?.() ? server.token_endpoint : undefined;
  }
  switch (method) {
    case "none":
      return { method, authenticate: None() };
    case "tls_client_auth":
      return { method, authenticate: TlsClientAuth() };
    case "client_secret_basic":
      return { method, authenticate: clientSecretBasic(secret()) };
    case "client_secret_post":
      return { method, authenticate: ClientSecretPost(secret()) };
    case "client_secret_jwt":
      return {
        method,
        authenticate: ClientSecretJwt(secret(), { [modifyAssertion]: adjust }),
        useTokenEndpointAudience,
      };
    case "private_key_jwt": {
      const algorithms = server.token_endpoint_auth_signing_alg_values_supported;
      const text = await (readClientKey ?? (() => missing(method, "OIDC_CLIENT_KEY_FILE")))();
      const { key, kid, alg } = await importClientKey(text, algorithms);
      const modify = (header: object, payload: object) => {
        Object.assign(header, { alg });
        adjust(header, payload);
      };
      const privateKey = kid === undefined ? { key } : { key, kid };
      return {
        method,
        authenticate: PrivateKeyJwt(privateKey, { [modifyAssertion]: modify }),
        useTokenEndpointAudience,
      };
    }
  }
}

/**
 * RFC 6749 section 2.3.1: id and secret form-encoded, then as Basic. Unlike the library's, this
 * leaves `-`, `.`, `_` and `*` as they are, as form encoding does, because many providers forget to
 * decode what they get, and client ids are full of these.
 */
function clientSecretBasic(secret: string): ClientAuth {
  const encoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  return (_server, client, _body, headers) => {
    headers.set(
      "authorization",
      `Basic ${btoa(`${encoded(client.client_id)}:${encoded(secret)}`)}`,
    );
  };
}

function chosenMethod(
  { server, clientSecret, readClientKey }: ClientAuthenticationOptions,
  offered: readonly string[],
): ClientAuthenticationMethod {
  const means: ClientAuthenticationMethod[] = [];
  if (readClientKey) means.push("private_key_jwt");
  if (clientSecret !== undefined) {
    means.push("client_secret_basic", "client_secret_post", "client_secret_jwt");
  }
  // A public client is not what token_endpoint_auth_methods_supported speaks of.
  if (means.length === 0) return "none";
  const known = means.find((method) => offered.includes(method));
  if (known) return known;
  throw new ProxyError({
    category: "Configuration error",
    what: `${readClientKey ? "a client key" : "a client secret"} is set, but ${server.issuer} ` +
      `knows only ${offered.join(", ") || "public clients"}`,
    fix: "set what the provider supports, or name the method with OIDC_CLIENT_AUTH",
    reason: "client_authentication",
  });
}

function missing(method: string, setting: string): never {
  throw new ProxyError({
    category: "Configuration error",
    what: `the client authentication ${method} needs ${setting}`,
    fix: `set ${setting}, or another OIDC_CLIENT_AUTH`,
    reason: "client_authentication",
  });
}
