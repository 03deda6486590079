import type { Assertion, OidcClientOptions } from "../client_options.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { type AssertionClaims, checkAssertion } from "./check_assertion.ts";
import { ProxyError } from "../../base/errors.ts";

/** A JWT that may be shown to the provider. */
export interface PresentableAssertion extends Assertion {
  /** What it says of itself. */
  claims: AssertionClaims;
}

/** Where a JWT is to be shown. */
export interface Presentation {
  /** The provider's metadata. */
  server: AuthorizationServer;
  /** What the configuration says. */
  options: OidcClientOptions;
  /** The present by the provider's clock. */
  providerNow(): number;
}

/** Reads the JWT of this workload anew, and checks that this provider may be shown it. */
export async function presentAssertion(
  { server, options, providerNow }: Presentation,
  signal: AbortSignal,
): Promise<PresentableAssertion> {
  if (!options.workload) {
    throw new ProxyError({
      category: "Configuration error",
      what: "nothing says how this workload signs in",
      fix: "set OIDC_ASSERTION_FILE, and OIDC_WORKLOAD_AS if it is no grant",
      reason: "assertion_missing",
    });
  }
  const { issuer, token_endpoint } = server;
  const assertion = await options.workload.readAssertion({ audience: issuer, signal });
  // An issuer that the person has configured may want any audience: Entra ID wants one of its own.
  const isAdvertised = options.oauthMetadataFirst === true;
  const claims = checkAssertion(assertion, {
    ...isAdvertised && { audiences: [issuer, token_endpoint ?? issuer] },
    issuer,
    now: providerNow(),
  });
  return { ...assertion, claims };
}
