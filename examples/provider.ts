/**
 * An OpenID Provider to try things with: `oidc-provider`, which knows every name and any password.
 *
 *     deno run -A examples/provider.ts
 *
 * @module
 */
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";

/** What {@linkcode startProvider} is told. */
export interface ExampleProviderOptions {
  /** The port to listen on; 0 for a free one. */
  port: number;
  /** The one public client. */
  clientId: string;
  /** The audience of the access tokens: the backend they are for. */
  audience: string;
  /** Sees the path of every request, for those who count. */
  onRequest?(path: string): void;
}

/** A running provider. */
export interface ExampleProvider extends AsyncDisposable {
  /** Its issuer identifier. */
  issuer: string;
}

/** Starts the provider on the loopback interface. */
export async function startProvider(options: ExampleProviderOptions): Promise<ExampleProvider> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  const issuer = `http://127.0.0.1:${port}`;

  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const { Provider } = await import("oidc-provider");
  const provider = new Provider(issuer, {
    clients: [{
      client_id: options.clientId,
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
      ],
      // A native client may use any port of these (RFC 8252 section 7.3).
      redirect_uris: ["http://localhost/auth/callback", "http://127.0.0.1/auth/callback"],
    }],
    jwks: { keys: [{ ...await exportJWK(privateKey), alg: "RS256", use: "sig", kid: "example" }] },
    cookies: { keys: [crypto.randomUUID()] },
    scopes: ["openid", "profile", "email", "offline_access"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, name: sub, email: emailOf(sub) }),
    }),
    issueRefreshToken: () => true,
    extraTokenClaims: (_ctx: unknown, token: { accountId: string }) => ({
      email: emailOf(token.accountId),
    }),
    ttl: {
      AccessToken: 300,
      IdToken: 300,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
    },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // JWTs are issued for a named audience only; here every token is for the one backend.
        defaultResource: () => options.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience: options.audience,
          scope: "openid profile email offline_access",
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
        }),
      },
    },
  });

  const handle = provider.callback();
  server.on("request", (request, response) => {
    options.onRequest?.(request.url ?? "");
    handle(request, response);
  });
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function emailOf(sub: string): string {
  return sub.includes("@") ? sub : `${sub}@company.example`;
}

if (import.meta.main) {
  const { issuer } = await startProvider({
    port: Number(Deno.env.get("PORT") ?? 3000),
    clientId: "example-client",
    audience: "https://backend.example/mcp",
  });
  console.log(`OpenID Provider at ${issuer}, client id "example-client".`);
  console.log("Sign in with any name and password. Ctrl+C ends it.");
}
