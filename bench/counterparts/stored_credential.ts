import type { Credential } from "../../src/base/credential.ts";
import { createCredentialSource } from "../../src/credentials/credential_source.ts";
import { options } from "../../src/settings/options.ts";
import { createLog } from "../../src/base/log.ts";

const nobody = "https://issuer.example/";
const clientId = "bench";
const day = 86_400_000;

/**
 * Stores a credential as a sign-in does, without a person and a provider.
 *
 * @param options.issuer who renews it; nobody when absent
 * @param options.lifetime of its access token, in milliseconds; a day when absent
 * @returns the variables with which this proxy finds it again
 */
export async function storeCredential(
  { directory, token, issuer = nobody, lifetime = day }: {
    directory: string;
    token: string;
    issuer?: string;
    lifetime?: number;
  },
): Promise<Record<string, string>> {
  const credential: Credential = {
    issuer,
    clientId,
    accessToken: token,
    tokenType: "Bearer",
    obtainedAt: Date.now(),
    expiresAt: Date.now() + lifetime,
    refreshToken: "first",
  };
  const source = createCredentialSource({
    cacheDir: directory,
    identity: {
      issuer,
      clientId,
      scopes: options.oidcScopes.default,
      profile: options.profile.default,
    },
    flows: {
      async signIn({ onCredential }) {
        await onCredential(credential);
        return credential;
      },
      refresh: () => Promise.reject(new Error("nothing to refresh")),
    },
    log: createLog({ level: "error" }),
  });
  try {
    await source.current({ interactive: true, signal: AbortSignal.timeout(10_000) });
  } finally {
    await source.close();
  }
  return { OIDC_ISSUER_URL: issuer, OIDC_CLIENT_ID: clientId, MCP_PROXY_CACHE_DIR: directory };
}
