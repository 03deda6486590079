import { generateKeyPairSync } from "node:crypto";
import type { ProviderClient, ProviderClients, ProviderOptions } from "../../counterpart.ts";
import type { KeycloakAdmin } from "./keycloak_admin.ts";

/** The realm that everything is in. */
export const realm = "company";

type RealmOptions = Pick<ProviderOptions, "audience" | "redirectUrl" | "accessTokenLifetime">;

/**
 * Makes a realm as docs/providers/keycloak.md tells to, with rotation of refresh tokens and no
 * tolerance for one that is used again, and a client for everything that is tried.
 */
export async function createRealm(
  admin: KeycloakAdmin,
  options: RealmOptions,
): Promise<ProviderClients> {
  await admin.request("POST", "", {
    realm,
    enabled: true,
    sslRequired: "none",
    revokeRefreshToken: true,
    refreshTokenMaxReuse: 0,
    accessTokenLifespan: 300,
    // Pages of the first sign-in that no company's accounts have: the profile is complete.
    registrationAllowed: false,
  });
  const scopeId = await admin.request<string>("POST", `/${realm}/client-scopes`, {
    name: "mcp-backend",
    protocol: "openid-connect",
    attributes: { "include.in.token.scope": "true" },
    protocolMappers: [{
      name: "audience of the backend",
      protocol: "openid-connect",
      protocolMapper: "oidc-audience-mapper",
      config: {
        "included.custom.audience": options.audience,
        "access.token.claim": "true",
        "introspection.token.claim": "true",
        "id.token.claim": "false",
      },
    }],
  });
  // Clients that register themselves have it too.
  await admin.request("PUT", `/${realm}/default-default-client-scopes/${scopeId}`);

  const create = async (clientId: string, more: Client = {}): Promise<ProviderClient> => {
    const { withoutAudience, scopes = [], ...representation } = more;
    const client = {
      clientId,
      protocol: "openid-connect",
      publicClient: true,
      standardFlowEnabled: true,
      directAccessGrantsEnabled: false,
      redirectUris: [options.redirectUrl],
      ...representation,
      attributes: { "pkce.code.challenge.method": "S256", ...representation.attributes },
    };
    const id = await admin.request<string>("POST", `/${realm}/clients`, client);
    if (withoutAudience) {
      await admin.request("DELETE", `/${realm}/clients/${id}/default-client-scopes/${scopeId}`);
    }
    for (const scope of scopes) {
      await admin.request("PUT", `/${realm}/clients/${id}/default-client-scopes/${scope}`);
    }
    return { id: clientId, ...client.secret ? { secret: client.secret } : {} };
  };
  // What docs/providers/keycloak.md says of company sign-on: a client for each backend, and a scope
  // with an audience mapper that brings it.
  const audiences = ["backend-one", "backend-two"] as const;
  const exchangeScopes: string[] = [];
  for (const audience of audiences) {
    await create(audience, { publicClient: false, standardFlowEnabled: false, redirectUris: [] });
    exchangeScopes.push(
      await admin.request<string>("POST", `/${realm}/client-scopes`, {
        name: `for-${audience}`,
        protocol: "openid-connect",
        protocolMappers: [{
          name: `audience ${audience}`,
          protocol: "openid-connect",
          protocolMapper: "oidc-audience-mapper",
          config: { "included.client.audience": audience, "access.token.claim": "true" },
        }],
      }),
    );
  }

  const confidential = { publicClient: false, secret: "s3cret/+: %&=~é" };
  const device = { "oauth2.device.authorization.grant.enabled": "true" };
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: "jwk" }), kid: "authful", use: "sig", alg: "RS256" }],
  });

  const exchanging = await create("mcp-exchange", {
    ...confidential,
    withoutAudience: true,
    attributes: {
      "standard.token.exchange.enabled": "true",
      "access.token.lifespan": String(options.accessTokenLifetime),
    },
    scopes: exchangeScopes,
  });

  return {
    exchanging: { ...exchanging, audiences },
    public: await create("mcp"),
    offline: { id: "mcp" },
    renewing: await create("mcp-renewing", {
      attributes: { "access.token.lifespan": String(options.accessTokenLifetime) },
    }),
    confidential: await create("mcp-confidential", confidential),
    post: {
      ...await create("mcp-post", confidential),
      settings: { OIDC_CLIENT_AUTH: "client_secret_post" },
    },
    key: {
      ...await create("mcp-key", {
        publicClient: false,
        clientAuthenticatorType: "client-jwt",
        attributes: {
          "use.jwks.string": "true",
          "jwks.string": jwks,
          "token.endpoint.auth.signing.alg": "RS256",
        },
      }),
      key: String(key),
    },
    service: await create("mcp-service", {
      ...confidential,
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
      redirectUris: [],
      attributes: { "pkce.code.challenge.method": "" },
    }),
    device: await create("mcp-device", {
      attributes: { ...device, "pkce.code.challenge.method": "" },
    }),
    deviceWithPkce: await create("mcp-device-pkce", { attributes: device }),
    pushed: {
      ...await create("mcp-pushed", {
        attributes: { "require.pushed.authorization.requests": "true" },
      }),
      settings: { OIDC_PAR: "1" },
    },
    bound: {
      ...await create("mcp-bound", { attributes: { "dpop.bound.access.tokens": "true" } }),
      settings: { OIDC_DPOP: "1" },
    },
    consent: await create("mcp-consent", { consentRequired: true }),
    otherAudience: await create("mcp-other-audience", { withoutAudience: true }),
  };
}

interface Client {
  publicClient?: boolean;
  secret?: string;
  clientAuthenticatorType?: string;
  standardFlowEnabled?: boolean;
  serviceAccountsEnabled?: boolean;
  consentRequired?: boolean;
  redirectUris?: string[];
  attributes?: Record<string, string>;
  withoutAudience?: boolean;
  /** Ids of client scopes that it has by default. */
  scopes?: readonly string[];
}
