import { generateKeyPairSync } from "node:crypto";
import configuration from "../../../deno.json" with { type: "json" };
import { confidentialClient, publicClient, startProvider } from "../../../support/provider.ts";
import type { Provider } from "../../counterpart.ts";
import { createScriptedBrowser } from "../../scripted_browser.ts";

const version = configuration.imports["oidc-provider"].split("@").at(-1)!;
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** `oidc-provider` as tests/support has it, with the refresh tokens of one kind of provider. */
function oidcProvider(strict: boolean): Provider {
  return {
    name: strict ? "oidc-provider-strict" : "oidc-provider",
    title: strict ? "oidc-provider, offline_access wants prompt=consent" : "oidc-provider",
    versions: { "oidc-provider": version },
    toolchains: [],
    files: [],
    install: () => Promise.resolve(),
    async start({ port, origin, audience, redirectUrl, accessTokenLifetime }) {
      const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const client = (id: string, more: Record<string, unknown> = {}) => ({
        ...publicClient,
        redirect_uris: [redirectUrl],
        ...more,
        client_id: id,
      });
      const secrets = { basic: "a basic secret", post: "a posted secret" };
      const server = await startProvider({
        port,
        origin,
        audience,
        accessTokenTtl: strict ? 300 : accessTokenLifetime,
        refreshTokens: strict ? "offline_access" : "always",
        deviceFlow: true,
        clientCredentials: true,
        revocation: true,
        registration: true,
        pushedAuthorizationRequests: "offered",
        dpop: "nonce",
        clients: [
          client("mcp"),
          client("mcp-device", {
            grant_types: [deviceGrant, "refresh_token"],
            redirect_uris: [],
            response_types: [],
          }),
          client("mcp-basic", {
            ...confidentialClient("client_secret_basic", secrets.basic),
            redirect_uris: [redirectUrl],
          }),
          client("mcp-post", {
            ...confidentialClient("client_secret_post", secrets.post),
            redirect_uris: [redirectUrl],
          }),
          client("mcp-key", {
            token_endpoint_auth_method: "private_key_jwt",
            jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig" }] },
          }),
          client("mcp-service", {
            ...confidentialClient("client_secret_basic", secrets.basic),
            grant_types: ["client_credentials"],
            redirect_uris: [],
            response_types: [],
          }),
          client("mcp-pushed", { require_pushed_authorization_requests: true }),
          client("mcp-bound", { dpop_bound_access_tokens: true }),
        ],
      });
      let people = 0;
      const offline = { id: "mcp", settings: { OIDC_SCOPES: "openid offline_access" } };
      const strictClients = { public: { id: "mcp" }, offline };
      return {
        issuer: server.issuer,
        jwksUri: server.jwksUri,
        audience,
        openRegistration: !strict,
        clients: strict ? strictClients : {
          ...strictClients,
          renewing: { id: "mcp" },
          confidential: { id: "mcp-basic", secret: secrets.basic },
          post: {
            id: "mcp-post",
            secret: secrets.post,
            settings: { OIDC_CLIENT_AUTH: "client_secret_post" },
          },
          key: { id: "mcp-key", key: String(privateKey.export({ type: "pkcs8", format: "pem" })) },
          service: {
            id: "mcp-service",
            secret: secrets.basic,
            settings: { OIDC_SCOPES: "profile" },
          },
          device: { id: "mcp-device" },
          pushed: { id: "mcp-pushed", settings: { OIDC_PAR: "1" } },
          bound: { id: "mcp-bound", settings: { OIDC_DPOP: "1" } },
          consent: { id: "mcp" },
        },
        createPerson: () => Promise.resolve({ name: `ada${++people}`, password: "any will do" }),
        createBrowser(person, { consent } = {}) {
          const browser = createScriptedBrowser({ person, consent });
          return {
            signIn: (url) => browser.visit(url),
            approveDevice: (url, userCode) => browser.visit(url, { userCode }),
          };
        },
        admin: {},
        kill: () => server.down(),
        output: () => "",
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  };
}

export default [oidcProvider(false), oidcProvider(true)];
