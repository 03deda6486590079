/** A provider that renews credentials, and does nothing else. */
export interface Provider extends AsyncDisposable {
  /** Its issuer identifier. */
  issuer: string;
  /** When it was asked for a token, in milliseconds of `performance.now()`; the first time counts. */
  renewedAt: Promise<number>;
}

/** Starts a provider that gives this access token for every refresh token. */
export function startProvider(token: string): Provider {
  const renewed = Promise.withResolvers<number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, origin } = new URL(request.url);
    if (pathname === "/token") {
      renewed.resolve(performance.now());
      return Response.json({
        access_token: token,
        token_type: "Bearer",
        expires_in: 86_400,
        refresh_token: "next",
      });
    }
    if (!pathname.startsWith("/.well-known/")) return new Response(null, { status: 404 });
    return Response.json({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/jwks`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["none"],
    });
  });
  const { port } = server.addr;
  return {
    issuer: `http://127.0.0.1:${port}`,
    renewedAt: renewed.promise,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
