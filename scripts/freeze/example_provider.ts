/**
 * A provider and a backend that exist nowhere, in the place of `fetch`: they answer the program that
 * writes a frozen store, so that what is in it is known and obviously nobody's.
 *
 * @module
 */

/** The issuer of everything that is frozen. `.test` is reserved (RFC 2606): nobody has this name. */
export const issuer = "https://login.frozen.test";

/** The backend that advertises {@linkcode issuer}. */
export const backend = "https://mcp.frozen.test/mcp";

/** What a token answer is made from. */
export interface TokenAnswer {
  /** The access token. */
  accessToken: string;
  /** Its lifetime in seconds; absent when the provider does not say. */
  expiresIn?: number;
  /** The refresh token; absent when the provider gives none. */
  refreshToken?: string;
  /** The person's claims; absent when the provider gives no ID token. */
  claims?: Record<string, unknown>;
  /** `Bearer` unless told otherwise. */
  tokenType?: "Bearer" | "DPoP";
}

/** What came of a request for a token. */
export interface GivenToken {
  /** The ID token, as it was given. */
  idToken?: string;
  /** All of its claims. */
  claims?: Record<string, unknown>;
  /** The scopes that were granted. */
  scope?: string;
  /** The public key of the proof that came with the request (RFC 9449). */
  dpopKey?: JsonWebKey;
}

/** An authorization request whose code may be redeemed. */
export interface Authorization {
  /** Its parameters. */
  parameters: URLSearchParams;
  /** What its code is redeemed for. */
  answer: TokenAnswer;
}

/** The provider, and what it gave. */
export interface ExampleProvider {
  /** Stands in the place of the global `fetch`. */
  fetch: typeof globalThis.fetch;
  /** Lets a code be redeemed. */
  authorize(code: string, authorization: Authorization): void;
  /** What the next refresh is answered with; a `Response` that is no success makes it fail. */
  onRefresh: (refreshToken: string) => TokenAnswer | Promise<TokenAnswer | Response>;
  /** What was given with an access token. */
  given(accessToken: string): GivenToken;
  /** The client ids that were registered. */
  readonly registered: readonly string[];
}

/** Makes an {@linkcode ExampleProvider}. */
export async function createExampleProvider(now: () => number): Promise<ExampleProvider> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const jwk = { ...await crypto.subtle.exportKey("jwk", publicKey), kid: "frozen", use: "sig" };
  const authorizations = new Map<string, Authorization>();
  const tokens = new Map<string, GivenToken>();
  const registered: string[] = [];

  async function signed(claims: Record<string, unknown>): Promise<string> {
    const parts = [{ alg: "ES256", kid: "frozen" }, claims].map((part) =>
      base64Url(new TextEncoder().encode(JSON.stringify(part)))
    ).join(".");
    const signature = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      privateKey,
      new TextEncoder().encode(parts),
    );
    return `${parts}.${base64Url(new Uint8Array(signature))}`;
  }

  async function give(
    answer: TokenAnswer,
    { clientId, nonce, scope, dpopKey }: {
      clientId: string;
      nonce?: string;
      scope?: string;
      dpopKey?: JsonWebKey;
    },
  ): Promise<Response> {
    const iat = Math.floor(now() / 1000);
    const claims = answer.claims &&
      { iss: issuer, aud: clientId, iat, exp: iat + 3600, ...nonce && { nonce }, ...answer.claims };
    const idToken = claims && await signed(claims);
    tokens.set(answer.accessToken, { idToken, claims, scope, dpopKey });
    return Response.json({
      access_token: answer.accessToken,
      token_type: answer.tokenType ?? "Bearer",
      expires_in: answer.expiresIn,
      refresh_token: answer.refreshToken,
      id_token: idToken,
      scope,
    });
  }

  async function token(headers: Headers, form: URLSearchParams): Promise<Response> {
    const clientId = form.get("client_id") ?? "";
    const proof = headers.get("dpop");
    const dpopKey = proof === null ? undefined : JSON.parse(atob(
      proof.split(".")[0].replaceAll("-", "+").replaceAll("_", "/"),
    )).jwk;
    if (form.get("grant_type") === "refresh_token") {
      const answer = await provider.onRefresh(form.get("refresh_token") ?? "");
      return answer instanceof Response ? answer : await give(answer, { clientId, dpopKey });
    }
    const authorization = authorizations.get(form.get("code") ?? "");
    if (!authorization) return Response.json({ error: "invalid_grant" }, { status: 400 });
    const { parameters, answer } = authorization;
    const nonce = parameters.get("nonce") ?? undefined;
    const scope = parameters.get("scope") ?? undefined;
    return await give(answer, { clientId, nonce, scope, dpopKey });
  }

  async function register(body: string): Promise<Response> {
    const client_id = `registered-client-${registered.length + 1}`;
    registered.push(client_id);
    return await Promise.resolve(
      Response.json({ ...JSON.parse(body), client_id }, { status: 201 }),
    );
  }

  const provider: ExampleProvider = {
    async fetch(input, init) {
      const request = new Request(input, init);
      const { origin, pathname } = new URL(request.url);
      if (origin === new URL(backend).origin) return answerOfBackend(pathname);
      if (origin !== issuer) throw new TypeError(`nothing frozen is at ${request.url}`);
      switch (pathname) {
        case "/.well-known/openid-configuration":
          return Response.json({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            registration_endpoint: `${issuer}/register`,
            jwks_uri: `${issuer}/jwks`,
            response_types_supported: ["code"],
            code_challenge_methods_supported: ["S256"],
            id_token_signing_alg_values_supported: ["ES256"],
            dpop_signing_alg_values_supported: ["ES256"],
            token_endpoint_auth_methods_supported: ["none"],
          });
        case "/jwks":
          return Response.json({ keys: [jwk] });
        case "/token":
          return await token(request.headers, new URLSearchParams(await request.text()));
        case "/register":
          return await register(await request.text());
        default:
          return new Response(null, { status: 404 });
      }
    },
    authorize: (code, authorization) => void authorizations.set(code, authorization),
    onRefresh: () => {
      throw new Error("nobody expects a refresh now");
    },
    given(accessToken) {
      const given = tokens.get(accessToken);
      if (!given) throw new Error(`${accessToken} was never given`);
      return given;
    },
    registered,
  };
  return provider;
}

function answerOfBackend(pathname: string): Response {
  const metadata = "/.well-known/oauth-protected-resource/mcp";
  if (pathname === metadata) {
    return Response.json({
      resource: backend,
      authorization_servers: [issuer],
      scopes_supported: ["openid", "tools"],
    });
  }
  const place = new URL(metadata, backend);
  return new Response(null, {
    status: 401,
    headers: { "www-authenticate": `Bearer resource_metadata="${place}"` },
  });
}

function base64Url(bytes: Uint8Array<ArrayBuffer>): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
