import type { Refusal } from "../bridge/authorizer.ts";
import type { Credential } from "../credential.ts";
import type { ProxyError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Fetch } from "../oidc/provider_fetch.ts";

/** Says why a backend refuses a fresh token. */
export type RefusalExplainer = (refusal: Refusal, credential: Credential) => Promise<ProxyError>;

/** What {@linkcode createRefusalExplainer} needs. */
export interface RefusalExplainerOptions {
  /** The issuer that was configured; absent when the backend named it. */
  issuer?: URL;
  /** Asks the backend for its metadata. */
  fetch: Fetch;
  /** Where another advertised issuer is warned about. */
  log: Log;
}

/**
 * An explainer that also looks, once, at the metadata that the backend's challenge names (RFC 9728): a configured
 * issuer wins, but when the backend trusts another one, that is the likeliest cause.
 */
export function createRefusalExplainer(options: RefusalExplainerOptions): RefusalExplainer {
  const { issuer, fetch, log } = options;
  let asked: Promise<{ issuers: readonly string[]; resource?: string } | undefined> | undefined;
  return async ({ request, headers, status }, credential) => {
    const metadataNamed = /\bresource_metadata\b/.test(headers.get("www-authenticate") ?? "");
    const [{ explainRefusal }, { createProviderFetch }, { readResourceMetadata }] = await Promise
      .all([
        import("../oidc/refusal/explain_refusal.ts"),
        import("../oidc/provider_fetch.ts"),
        import("../oidc/discovery/resource_metadata.ts"),
      ]);
    if (metadataNamed) {
      asked ??= readResourceMetadata(request.url, {
        challenge: headers,
        fetch: createProviderFetch({ fetch, log }),
        signal: AbortSignal.timeout(5_000),
      }).then((metadata) => {
        const issuers = metadata?.issuers ?? [];
        if (issuer && issuers.length > 0 && !issuers.some((other) => isSame(other, issuer))) {
          log.warn(
            `${request.url.origin} advertises the provider ${issuers.join(", ")}, ` +
              `but ${issuer.href} is configured`,
          );
        }
        return metadata;
      }).catch(() => undefined);
    }
    return explainRefusal({
      status,
      headers,
      backendUrl: request.url,
      token: credential.accessToken,
      grantedScope: credential.scope,
      issuer: issuer?.href,
      advertised: await asked,
      now: Date.now(),
    });
  };
}

function isSame(text: string, url: URL): boolean {
  return URL.parse(text)?.href === url.href;
}
