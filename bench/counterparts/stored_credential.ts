/** Stores a credential as a finished sign-in does; the variables make this proxy find it again. */
export function storeCredential(
  options: { directory: string; token: string },
): Promise<Record<string, string>> {
  return Promise.resolve({
    OIDC_ISSUER_URL: "https://issuer.example",
    OIDC_CLIENT_ID: "bench",
    MCP_PROXY_CACHE_DIR: options.directory,
  });
}
