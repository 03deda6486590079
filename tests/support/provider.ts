/**
 * A real OpenID Provider for tests: `oidc-provider` on a free loopback port, with its requests
 * counted, its secrets remembered and its misfortunes at your command.
 *
 * @module
 */
import { createServer } from "node:http";
import { Buffer } from "node:buffer";
import {
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import { listenOnLoopback, stopListening } from "./loopback_server.ts";
import { within } from "./within.ts";
import { createProviderStorage, type ProviderStorage } from "./provider_storage.ts";
import { Provider } from "./quiet_oidc_provider.ts";

/** The endpoints of the provider, by the names of its metadata where it has one. */
export type ProviderEndpoint =
  | "discovery"
  | "jwks"
  | "authorization"
  | "interaction"
  | "token"
  | "pushed_authorization_request"
  | "device_authorization"
  | "device_verification"
  | "registration"
  | "revocation"
  | "introspection"
  | "userinfo"
  | "end_session"
  | "unknown";

/** One request as the provider received it. */
export interface ProviderRequest {
  /** Which endpoint it went to. */
  endpoint: ProviderEndpoint;
  /** The HTTP method. */
  method: string;
  /** Path and query as they were sent. */
  url: string;
  /** The header fields. */
  headers: Headers;
  /** The parameters: of the query for GET, of the form body for POST. */
  parameters: URLSearchParams;
  /** `grant_type` of a token request. */
  grantType?: string;
  /** When it came in, in milliseconds since the epoch. */
  at: number;
  /** The status of the answer, once it is known. */
  status?: number;
  /** The JSON body of the answer of a token, device or registration request, once it is known. */
  answer?: Record<string, unknown>;
}

/** An answer that an {@linkcode TestProvider.intercept | interceptor} gives instead of the provider. */
export interface ProviderAnswer {
  /** The HTTP status. */
  status: number;
  /** The body; objects are sent as JSON. */
  body?: string | Record<string, unknown>;
  /** More header fields. */
  headers?: Record<string, string>;
}

/** Client metadata (OpenID Connect Registration section 2); what is left out has the defaults there. */
export type ClientMetadata = { client_id: string } & Record<string, unknown>;

/** What {@linkcode startProvider} can be told. Everything has a default. */
export interface ProviderOptions {
  /** The loopback host of the issuer; `127.0.0.1` unless told otherwise. */
  host?: "127.0.0.1" | "localhost";
  /** The port to listen on; a free one unless told otherwise. */
  port?: number;
  /** The origin of the issuer where a proxy stands in front; its own unless told otherwise. */
  origin?: string;
  /** The path of the issuer, for providers that have one: `/realms/company`. */
  path?: string;
  /** The clients; {@linkcode publicClient} alone unless told otherwise. */
  clients?: ClientMetadata[];
  /** Scopes known besides `openid profile email offline_access`. */
  scopes?: string[];
  /**
   * The audience of access tokens that name no resource; these tokens are JWTs (RFC 9068). `null`
   * makes them opaque. `https://backend.test/mcp` unless told otherwise.
   */
  audience?: string | null;
  /** The lifetime of access tokens, in seconds; 3600 unless told otherwise. */
  accessTokenTtl?: number;
  /** The lifetime of refresh tokens, in seconds; a day unless told otherwise. */
  refreshTokenTtl?: number;
  /** The lifetime of ID tokens, in seconds; an hour unless told otherwise. */
  idTokenTtl?: number;
  /**
   * Whether refresh tokens are issued: always, never, or only with the scope `offline_access`.
   * Always unless told otherwise.
   */
  refreshTokens?: "always" | "never" | "offline_access";
  /** Whether each refresh gives a new refresh token and ends the old one; true unless told otherwise. */
  rotateRefreshTokens?: boolean;
  /** RFC 8628. */
  deviceFlow?: boolean;
  /** RFC 6749 section 4.4. */
  clientCredentials?: boolean;
  /** RFC 7591. */
  registration?: boolean;
  /** RFC 9126. */
  pushedAuthorizationRequests?: "offered" | "required";
  /** RFC 9449, on request also with nonces of the provider (section 8). */
  dpop?: "offered" | "nonce";
  /** JWT-secured authorization responses (JARM). */
  jarm?: boolean;
  /** RFC 7009. */
  revocation?: boolean;
  /** RFC 7662. */
  introspection?: boolean;
  /** OpenID Connect RP-Initiated Logout. */
  endSession?: boolean;
  /** Grants besides those that `oidc-provider` has. */
  grants?: readonly ExtraGrant[];
  /** `false` accepts requests without `code_challenge`. */
  requirePkce?: boolean;
  /** Anything else of `oidc-provider`'s configuration; wins over what the options above give. */
  configuration?: Record<string, unknown>;
}

/** A grant that `oidc-provider` does not have; it authenticates the client all the same. */
export interface ExtraGrant {
  /** `grant_type`. */
  name: string;
  /** The parameters of its requests. */
  parameters: readonly string[];
  /** What a request is answered with: tokens, or an error of RFC 6749 section 5.2. */
  answer(request: GrantRequest): Promise<Record<string, unknown>>;
}

/** One request of an {@linkcode ExtraGrant}. */
export interface GrantRequest {
  /** Who asks. */
  clientId: string;
  /** What is asked for. */
  parameters: Readonly<Record<string, string | undefined>>;
  /** The issuer that is asked. */
  issuer: string;
  /** Makes a JWT of the provider's. */
  sign(claims: JWTPayload, options?: { typ?: string; lifetime?: number }): Promise<string>;
  /** The claims of a JWT of the provider's own; rejects when it is none or has ended. */
  verify(token: string): Promise<JWTPayload>;
}

/** The secrets that passed the provider, by kind: what must not be found in any log. */
export type ProviderSecrets = Record<
  | "access_token"
  | "refresh_token"
  | "id_token"
  | "code"
  | "code_verifier"
  | "client_secret"
  | "device_code"
  | "state"
  | "nonce",
  Set<string>
>;

/** A running provider. */
export interface TestProvider extends AsyncDisposable {
  /** The issuer identifier. */
  readonly issuer: string;
  /** The client id of the first client. */
  readonly clientId: string;
  /** The audience of the JWT access tokens. */
  readonly audience: string;
  /** Where the keys are, for a backend that verifies. */
  readonly jwksUri: string;
  /** Every request, in the order they came. */
  readonly requests: readonly ProviderRequest[];
  /** Every secret that passed. */
  readonly secrets: ProviderSecrets;
  /** How many requests an endpoint had, or one grant type at the token endpoint. */
  count(endpoint: ProviderEndpoint, grantType?: string): number;
  /** Resolves with the first request for which the test holds, be it in the past or to come. */
  requested(test: (request: ProviderRequest) => boolean): Promise<ProviderRequest>;
  /**
   * Sees every request before the provider does and may answer in its place, after any wait it
   * likes. The last one set counts; `undefined` removes it.
   */
  intercept(
    interceptor:
      | ((
        request: ProviderRequest,
      ) => ProviderAnswer | undefined | Promise<ProviderAnswer | undefined>)
      | undefined,
  ): void;
  /** Makes every refresh token issued so far worthless: the next refresh gets `invalid_grant`. */
  revokeRefreshTokens(): void;
  /** Forgets what the person has allowed, and the tokens that came of it. */
  revokeGrants(): void;
  /** Stops listening and drops every connection. Nothing that was issued is forgotten. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
}

/** A public client that may use any port of a loopback redirect URL (RFC 8252 section 7.3). */
export const publicClient: ClientMetadata = {
  client_id: "authful-test",
  application_type: "native",
  token_endpoint_auth_method: "none",
  redirect_uris: ["localhost", "127.0.0.1", "[::1]"].map((host) => `http://${host}/auth/callback`),
  grant_types: ["authorization_code", "refresh_token"],
};

/** {@linkcode publicClient} with a secret, by default one that needs encoding everywhere. */
export function confidentialClient(
  method: "client_secret_basic" | "client_secret_post" | "client_secret_jwt",
  secret = "s3cret/+: %&=~*'()?#[]@!$,;\"<>|^`{}\\",
): ClientMetadata & { client_secret: string } {
  return { ...publicClient, token_endpoint_auth_method: method, client_secret: secret };
}

/**
 * Starts a provider. It knows every login name and password, and asks for consent.
 *
 * @example
 * ```ts ignore
 * await using provider = await startProvider({ accessTokenTtl: 5 });
 * // … sign in at provider.issuer with provider.clientId …
 * assert.equal(provider.count("token", "refresh_token"), 0);
 * ```
 */
export async function startProvider(options: ProviderOptions = {}): Promise<TestProvider> {
  const { host = "127.0.0.1", path = "" } = options;
  const audience = options.audience ?? "https://backend.test/mcp";
  const requests: ProviderRequest[] = [];
  const watchers = new Set<(request: ProviderRequest) => void>();
  const secrets = emptySecrets();
  const storage = createProviderStorage();
  let interceptor: Parameters<TestProvider["intercept"]>[0];

  const server = createServer();
  const port = await listenOnLoopback(server, { host, port: options.port });
  const issuer = `${options.origin ?? `http://${host}:${port}`}${path}`;
  const clients = options.clients ?? [publicClient];

  const provider = new Provider(
    issuer,
    await configuration(options, { clients, audience, storage }),
  );
  for (const grant of options.grants ?? []) registerGrant(provider, grant, issuer);
  for (const client of clients) remember(secrets, { client_secret: client.client_secret });
  provider.use(async (ctx: Context, next: () => Promise<void>) => {
    const request = await received(ctx, path);
    requests.push(request);
    remember(secrets, Object.fromEntries(request.parameters));
    for (const watcher of watchers) watcher(request);
    const answer = await interceptor?.(request);
    if (answer) {
      ctx.status = answer.status;
      if (answer.headers) ctx.set(answer.headers);
      ctx.body = answer.body ?? "";
    } else {
      await next();
    }
    request.status = ctx.status;
    if (typeof ctx.body === "object" && ctx.body !== null && request.endpoint !== "jwks") {
      request.answer = ctx.body as Record<string, unknown>;
      remember(secrets, request.answer);
    }
    const location = URL.parse(ctx.response.get("location") ?? "");
    if (location) remember(secrets, { code: location.searchParams.get("code") });
  });
  const handle = provider.callback();
  server.on("request", (request, response) => {
    // `oidc-provider` finds out by the difference of the two where it is mounted.
    Object.assign(request, { originalUrl: request.url });
    if (path && request.url?.startsWith(path)) request.url = request.url.slice(path.length) || "/";
    handle(request, response);
  });

  const down = () => stopListening(server);

  return {
    issuer,
    clientId: clients[0]?.client_id ?? "",
    audience,
    jwksUri: `${issuer}/jwks`,
    requests,
    secrets,
    count: (endpoint, grantType) =>
      requests.filter((request) =>
        request.endpoint === endpoint &&
        (grantType === undefined || request.grantType === grantType)
      ).length,
    requested(test) {
      const past = requests.find(test);
      if (past) return Promise.resolve(past);
      const next = new Promise<ProviderRequest>((resolve) => {
        const watcher = (request: ProviderRequest) => {
          if (!test(request)) return;
          watchers.delete(watcher);
          resolve(request);
        };
        watchers.add(watcher);
      });
      return within(next, { what: "a request at the provider" });
    },
    intercept(next) {
      interceptor = next;
    },
    revokeRefreshTokens: () => storage.forget("RefreshToken"),
    revokeGrants() {
      for (const model of ["Grant", "RefreshToken", "AccessToken", "AuthorizationCode"]) {
        storage.forget(model);
      }
    },
    down,
    async up() {
      if (!server.listening) await listenOnLoopback(server, { host, port });
    },
    [Symbol.asyncDispose]: down,
  };
}

function registerGrant(provider: Provider, grant: ExtraGrant, issuer: string): void {
  const handle = async (ctx: GrantContext) => {
    const { client, params } = ctx.oidc;
    const answer = await grant.answer({
      clientId: client.clientId,
      parameters: params,
      issuer,
      sign: async (claims, { typ = "at+jwt", lifetime = 3600 } = {}) =>
        await new SignJWT({ iss: issuer, jti: crypto.randomUUID(), ...claims })
          .setProtectedHeader({ alg: "RS256", kid: "test", typ })
          .setIssuedAt()
          .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
          .sign(await importJWK(await signingKey())),
      async verify(token) {
        const { kty, n, e } = await signingKey();
        return (await jwtVerify(token, await importJWK({ kty, n, e }, "RS256"), { issuer }))
          .payload;
      },
    });
    ctx.status = answer.error === undefined ? 200 : 400;
    ctx.body = answer;
  };
  // The parameters of `resource` are taken as they are.
  provider.registerGrantType(grant.name, handle as never, [...grant.parameters], []);
}

interface GrantContext {
  oidc: { client: { clientId: string }; params: Record<string, string | undefined> };
  status: number;
  body: unknown;
}

/** What is read of a Koa context. */
interface Context {
  method: string;
  url: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  req: AsyncIterable<Uint8Array> & { body?: string; originalUrl?: string };
  response: { get(field: string): string };
  status: number;
  body: unknown;
  set(fields: Record<string, string>): void;
}

async function received(ctx: Context, path: string): Promise<ProviderRequest> {
  const url = ctx.req.originalUrl ?? ctx.url;
  const endpoint = endpointOf(ctx.path.startsWith(path) ? ctx.path : path + ctx.path, path);
  let parameters = new URL(url, "http://provider.test").searchParams;
  if (ctx.method === "POST") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk);
    // oidc-provider takes a body that was read already from here.
    ctx.req.body = Buffer.concat(chunks).toString();
    if (endpoint !== "registration") parameters = new URLSearchParams(ctx.req.body);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(ctx.headers)) headers.set(name, String(value));
  return {
    endpoint,
    method: ctx.method,
    url,
    headers,
    parameters,
    grantType: endpoint === "token" ? parameters.get("grant_type") ?? undefined : undefined,
    at: Date.now(),
  };
}

const endpoints: Record<string, ProviderEndpoint> = {
  "/.well-known/openid-configuration": "discovery",
  "/.well-known/oauth-authorization-server": "discovery",
  "/jwks": "jwks",
  "/auth": "authorization",
  "/token": "token",
  "/request": "pushed_authorization_request",
  "/device/auth": "device_authorization",
  "/device": "device_verification",
  "/reg": "registration",
  "/token/revocation": "revocation",
  "/token/introspection": "introspection",
  "/me": "userinfo",
  "/session/end": "end_session",
};

function endpointOf(pathname: string, mount: string): ProviderEndpoint {
  const path = pathname.slice(mount.length);
  if (/^\/(interaction|auth)\/./.test(path)) return "interaction";
  return endpoints[path] ?? "unknown";
}

function emptySecrets(): ProviderSecrets {
  const set = () => new Set<string>();
  return {
    access_token: set(),
    refresh_token: set(),
    id_token: set(),
    code: set(),
    code_verifier: set(),
    client_secret: set(),
    device_code: set(),
    state: set(),
    nonce: set(),
  };
}

function remember(secrets: ProviderSecrets, values: Record<string, unknown>): void {
  for (const [kind, set] of Object.entries(secrets)) {
    const value = values[kind];
    if (typeof value === "string" && value !== "") set.add(value);
  }
}

interface ConfigurationParts {
  clients: ClientMetadata[];
  audience: string;
  storage: ProviderStorage;
}

async function configuration(
  options: ProviderOptions,
  parts: ConfigurationParts,
): Promise<Record<string, unknown>> {
  const scopes = ["openid", "profile", "email", "offline_access", ...options.scopes ?? []];
  const ttl = options.accessTokenTtl ?? 3600;
  const opaque = options.audience === null;
  const on = (enabled: boolean | undefined, more = {}) => ({ enabled: enabled ?? false, ...more });
  const issueRefreshToken = (_ctx: unknown, client: RefreshingClient, source: RefreshSource) =>
    client.grantTypeAllowed("refresh_token") &&
    options.refreshTokens !== "never" &&
    (options.refreshTokens !== "offline_access" || source.scopes.has("offline_access"));
  return {
    adapter: parts.storage.adapter,
    clients: parts.clients,
    scopes,
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: false,
    findAccount: (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: sub,
        preferred_username: sub,
        email: sub.includes("@") ? sub : `${sub}@company.test`,
        email_verified: true,
      }),
    }),
    cookies: { keys: ["a key for tests"] },
    jwks: { keys: [await signingKey()] },
    clockTolerance: 0,
    pkce: { required: () => options.requirePkce ?? true },
    issueRefreshToken,
    expiresWithSession: () => false,
    rotateRefreshToken: options.rotateRefreshTokens ?? true,
    ttl: {
      AccessToken: ttl,
      ClientCredentials: ttl,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: options.idTokenTtl ?? 3600,
      Interaction: 600,
      RefreshToken: options.refreshTokenTtl ?? 86_400,
      Session: 86_400,
    },
    ...options.configuration,
    features: {
      devInteractions: { enabled: true },
      dPoP: on(
        options.dpop !== undefined,
        options.dpop === "nonce"
          ? { nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true }
          : {},
      ),
      deviceFlow: on(options.deviceFlow),
      clientCredentials: on(options.clientCredentials),
      registration: on(options.registration),
      pushedAuthorizationRequests: on(options.pushedAuthorizationRequests !== undefined, {
        requirePushedAuthorizationRequests: options.pushedAuthorizationRequests === "required",
      }),
      jwtResponseModes: on(options.jarm),
      revocation: on(options.revocation),
      introspection: on(options.introspection),
      rpInitiatedLogout: on(options.endSession),
      resourceIndicators: on(true, {
        defaultResource: (_ctx: unknown, _client: unknown, oneOf?: string[]) =>
          oneOf?.[0] ?? (opaque ? undefined : parts.audience),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          scope: scopes.join(" "),
          audience: resource,
          accessTokenTTL: ttl,
          accessTokenFormat: "jwt",
        }),
      }),
      ...options.configuration?.features as Record<string, unknown> | undefined,
    },
  };
}

interface RefreshingClient {
  grantTypeAllowed(type: string): boolean;
}

interface RefreshSource {
  scopes: Set<string>;
}

let key: Promise<JWK> | undefined;

/** One RSA key for the whole process: making one takes longer than most tests. */
function signingKey(): Promise<JWK> {
  key ??= (async () => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    return { ...await exportJWK(privateKey), alg: "RS256", use: "sig", kid: "test" };
  })();
  return key;
}
