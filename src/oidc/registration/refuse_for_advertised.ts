import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import type { DiscoveringClientOptions } from "./discovery_options.ts";
import type { FoundProvider } from "./find_provider.ts";

/**
 * A secret is for the provider that gave it to the person. Which one that is only they can say: whom
 * the backend names may be whoever broke into it.
 *
 * @throws {ProxyError} `issuer_missing`
 */
export function refuseForAdvertised(
  { issuerUrl, backendUrl }: DiscoveringClientOptions,
  { provider, given, kind }: {
    provider: Pick<FoundProvider, "issuerUrl">;
    given: unknown;
    kind: "client secret" | "initial access token";
  },
): void {
  if (issuerUrl || given === undefined) return;
  const named = excerpt(provider.issuerUrl);
  throw new ProxyError({
    category: "Configuration error",
    what: `${backendUrl.origin} names the provider ${named}, but ${
      kind === "client secret" ? "a client secret" : "an initial access token"
    } is sent to nobody that only the backend names`,
    fix:
      `set OIDC_ISSUER_URL to the provider that gave you the ${kind}: to ${named}, if that is it`,
    reason: "issuer_missing",
  });
}
