import type { Refusal } from "../bridge/authorizer.ts";
import type { Log } from "../base/log.ts";
import type { ResourceMetadata } from "../oidc/discovery/resource_metadata.ts";
import type { Fetch } from "../oidc/provider_fetch.ts";

/** What {@linkcode createMetadataReader} needs. */
export interface MetadataReaderOptions {
  /** The issuer that was configured; absent when the backend named it. */
  issuer?: URL;
  /** Asks the backend for its metadata. */
  fetch: Fetch;
  /** Where another advertised issuer is warned about. */
  log: Log;
}

/** Reads, once, the metadata that a refusal points to; `undefined` when it points to none or fails. */
export type MetadataReader = (refusal: Refusal) => Promise<ResourceMetadata | undefined>;

/**
 * Reads what a backend says of itself (RFC 9728) when its challenge names the place, and warns when it
 * trusts another provider than the configured one.
 */
export function createMetadataReader(
  { issuer, fetch, log }: MetadataReaderOptions,
): MetadataReader {
  let asked: Promise<ResourceMetadata | undefined> | undefined;
  const read = async ({ request, headers }: Refusal) => {
    const [{ createProviderFetch }, { readResourceMetadata }] = await Promise.all([
      import("../oidc/provider_fetch.ts"),
      import("../oidc/discovery/resource_metadata.ts"),
    ]);
    const metadata = await readResourceMetadata(request.url, {
      challenge: headers,
      fetch: createProviderFetch({ fetch, log }),
      signal: AbortSignal.timeout(5_000),
    });
    const issuers = metadata?.issuers ?? [];
    if (issuer && issuers.length > 0 && !issuers.some((other) => isSame(other, issuer))) {
      log.warn(
        `${request.url.origin} advertises the provider ${issuers.join(", ")}, ` +
          `but ${issuer.href} is configured`,
      );
    }
    return metadata;
  };
  return (refusal) => {
    if (!/\bresource_metadata\b/.test(refusal.headers.get("www-authenticate") ?? "")) {
      return Promise.resolve(undefined);
    }
    return asked ??= read(refusal).catch(() => {
      // It may have been in trouble for a moment.
      asked = undefined;
      return undefined;
    });
  };
}

function isSame(text: string, url: URL): boolean {
  return URL.parse(text)?.href === url.href;
}
