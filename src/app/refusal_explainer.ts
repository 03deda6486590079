import type { Refusal } from "../bridge/authorizer.ts";
import type { Credential } from "../base/credential.ts";
import type { ProxyError } from "../base/errors.ts";
import type { Settings } from "../settings/settings.ts";
import type { MetadataReader } from "./advertised_metadata.ts";

/** What is known of a refused token besides the refusal. */
export interface RefusedCredential {
  /** The credential that was refused. */
  credential: Credential;
  /** The last one that this backend answered with anything but a refusal. */
  accepted?: Credential;
  /** Why nobody signs in for what the backend wants, when it is that. */
  note?: string;
}

/** Says why a backend refuses a token. */
export type RefusalExplainer = (
  refusal: Refusal,
  refused: RefusedCredential,
) => Promise<ProxyError>;

/** What {@linkcode createRefusalExplainer} needs. */
export interface RefusalExplainerOptions {
  /** What is set, so that nobody is told to set it. */
  settings: Settings;
  /** Reads what the backend says of itself. */
  readMetadata: MetadataReader;
}

/** An explainer that also looks at the metadata that the backend's challenge names (RFC 9728). */
export function createRefusalExplainer(
  { settings, readMetadata }: RefusalExplainerOptions,
): RefusalExplainer {
  return async (refusal, { credential, accepted, note }) => {
    const [{ explainRefusal }, { tokenFacts }] = await Promise.all([
      import("../oidc/refusal/explain_refusal.ts"),
      import("../oidc/refusal/token_facts.ts"),
    ]);
    const { request, status, headers, body } = refusal;
    const advertised = await readMetadata(refusal);
    const { oidcIssuerUrl, oidcResource, oidcAudience, oidcScopes } = settings;
    return explainRefusal({
      status,
      headers,
      body,
      backendUrl: request.url,
      token: tokenFacts(credential),
      accepted: accepted && tokenFacts(accepted),
      advertised,
      issuer: credential.issuer,
      clientId: credential.clientId,
      settings: {
        issuer: oidcIssuerUrl?.href,
        // Without a configured issuer, what the backend advertises is sent.
        resource: oidcResource ?? (oidcIssuerUrl ? undefined : advertised?.resource),
        audience: oidcAudience,
        scopes: oidcScopes,
        dpop: settings.oidcDpop,
      },
      note,
      now: Date.now(),
    });
  };
}
