import type { Authorizer } from "../bridge/authorizer.ts";
import type { HttpFetch } from "../net/http_client.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../settings/settings.ts";
import { createMetadataReader } from "./advertised_metadata.ts";
import { createAuthorizer } from "./credential_authorizer.ts";
import { type Access, signsInUnattended } from "./access.ts";
import { createRefusalExplainer } from "./refusal_explainer.ts";
import type { StepUp } from "./step_up.ts";

/** The authorizer of the requests to the backend that the settings name. */
export function createBackendAuthorizer(
  settings: Settings,
  { access, fetch, log }: {
    access: Pick<Access, "source" | "setStepUp" | "hasProviderChanged">;
    fetch: HttpFetch;
    log: Log;
  },
): Authorizer {
  const { source, setStepUp, hasProviderChanged } = access;
  const readMetadata = createMetadataReader({ issuer: settings.oidcIssuerUrl, fetch, log });
  let loading: Promise<StepUp> | undefined;
  // A token that is not refused needs none of it.
  const load = () =>
    loading ??= import("./step_up.ts").then(({ createStepUp }) =>
      createStepUp({ source, setStepUp, readMetadata, log })
    );
  const stepUp: StepUp = {
    wantedBy: async (refusal, credential) => (await load()).wantedBy(refusal, credential),
    signIn: async (wanted, given) => (await load()).signIn(wanted, given),
  };
  const explain = createRefusalExplainer({ settings, readMetadata });
  return createAuthorizer(source, {
    stepUp,
    hasProviderChanged,
    explain,
    unattended: signsInUnattended(settings),
    log,
  });
}
