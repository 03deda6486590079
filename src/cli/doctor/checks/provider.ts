import {
  findStoredIdentity,
  listStoredIdentities,
  type StoredIdentity,
} from "../../../credentials/stored_credentials.ts";
import { asProxyError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import { isUnattendedFlow } from "../../../oidc/client_options.ts";
import { personalScopes } from "../../../oidc/flows/personal_scopes.ts";
import type { Settings } from "../../../settings/settings.ts";
import { cacheDirectory } from "../../../app/cache_directory.ts";
import {
  createAccess,
  createFlows,
  discoversConfiguration,
  scopesOf,
  signInIdentityOf,
} from "../../../app/access.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** What the provider says of itself, and whether that is enough for these settings. */
export async function checkProvider(examination: Examination): Promise<Finding[]> {
  const { resolved: { settings }, unreachable, log, signal } = examination;
  const origin = settings.oidcIssuerUrl ?? settings.backendUrl;
  if (!origin || unreachable.has(origin.host)) return [];
  // Without a backend there is nobody to ask for the rest; the settings say so.
  if (discoversConfiguration(settings) && !settings.backendUrl) return [];
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, fix?: string) =>
    findings.push({ check: "provider", verdict, found, fix });
  try {
    const access = discoversConfiguration(settings) ? createAccess(settings, log) : undefined;
    await using _closing = { [Symbol.asyncDispose]: async () => await access?.source.close() };
    const client = await createFlows(settings, { log, notes: access?.source.notes });
    const metadata = await client.metadata(signal);
    if (access) add("ok", `${settings.backendUrl!.origin} says where to sign in`);
    const offers = (value: unknown) => Array.isArray(value) && value.length > 0;
    add("ok", `metadata found, issuer ${metadata.issuer}`);
    for (const what of await client.refusedEndpoints(signal)) {
      add("warning", what, "tell the provider's administrator, if you need that endpoint");
    }
    const challenges = metadata.code_challenge_methods_supported;
    if (settings.oidcFlow === "device" || isUnattendedFlow(settings.oidcFlow)) {
      // No authorization code, so nothing to prove.
    } else if (challenges === undefined) {
      add(
        settings.strict ? "failure" : "warning",
        `does not say whether it supports PKCE${
          settings.strict ? ", which --strict requires" : ""
        }`,
        settings.strict
          ? "leave --strict out, or tell the provider's administrator"
          : "ask the provider's administrator whether it supports PKCE if signing in does not work",
      );
    } else if (challenges.includes("S256")) {
      add("ok", "supports PKCE with S256");
    } else {
      add("failure", "does not support PKCE with S256", "tell the provider's administrator");
    }
    const seen = await lastSignIn(settings, log);
    const grants = metadata.grant_types_supported;
    const scopes = metadata.scopes_supported;
    const refreshes = grants === undefined || grants.includes("refresh_token");
    const unattendedGrant = grantWithoutPerson(settings);
    if (unattendedGrant !== undefined) {
      if (grants === undefined) {
        add("ok", "does not list its grants");
      } else if (grants.includes(unattendedGrant)) {
        add("ok", "gives tokens to clients without a person, a new one whenever one ends");
      } else {
        add(
          "warning",
          `does not list the ${unattendedGrant} grant, though some providers give more than they list`,
          "ask the provider's administrator whether this client may use it if login does not work",
        );
      }
    } else if (seen?.renewable) {
      add("ok", "gave a refresh token at the last sign-in");
    } else if (seen) {
      const isMissing = scopes?.includes("offline_access") &&
        !settings.oidcScopes.includes("offline_access");
      add(
        "warning",
        "gave no refresh token at the last sign-in: you sign in again whenever the access token expires",
        isMissing
          ? "add offline_access to OIDC_SCOPES and sign in again"
          : "ask the provider's administrator to give this client refresh tokens, then sign in again",
      );
    } else if (!refreshes) {
      add(
        "warning",
        "does not list the refresh_token grant: you would sign in again whenever the access token expires",
        "ask the provider's administrator for refresh tokens",
      );
    } else if (
      scopes?.includes("offline_access") && !settings.oidcScopes.includes("offline_access")
    ) {
      add(
        "ok",
        "gives refresh tokens; if you have to sign in again and again, add offline_access to OIDC_SCOPES",
      );
    } else {
      add(
        "ok",
        grants === undefined
          ? "does not list its grants"
          : "gives refresh tokens; whether this client gets one shows when you sign in",
      );
    }
    const asked = unattendedGrant !== undefined
      ? settings.oidcScopes.filter((scope) => !personalScopes.includes(scope))
      : scopesOf(settings);
    // What was granted is granted, whatever is listed.
    const granted = new Set(seen?.scope?.split(" "));
    const unknown = scopes &&
      asked.filter((scope) => !scopes.includes(scope) && !granted.has(scope));
    if (unknown && unknown.length > 0) {
      add(
        "warning",
        `does not list the ${unknown.length > 1 ? "scopes" : "scope"} ${
          unknown.join(" ")
        }, though some providers accept more than they list`,
        "check OIDC_SCOPES",
      );
    }
    const extras = [
      metadata.device_authorization_endpoint && "device flow",
      metadata.pushed_authorization_request_endpoint && "PAR",
      offers(metadata.dpop_signing_alg_values_supported) && "DPoP",
      metadata.revocation_endpoint && "revocation",
      metadata.registration_endpoint && "registration",
    ].filter((name) => name);
    add("ok", `also offers: ${extras.join(", ") || "nothing else that is used here"}`);
    if (settings.oidcFlow === "device" && !metadata.device_authorization_endpoint) {
      add("failure", "has no device flow", "set OIDC_FLOW to auto, browser or paste");
    }
    if (settings.oidcDpop && !offers(metadata.dpop_signing_alg_values_supported)) {
      add("failure", "does not offer DPoP", "leave --oidc-dpop (OIDC_DPOP) out");
    }
  } catch (error) {
    const { what, fix } = asProxyError(error);
    add("failure", what, fix);
  }
  return findings;
}

/** The grant by which the program signs in as itself; absent when a person signs in. */
function grantWithoutPerson({ oidcFlow, oidcWorkloadAs }: Settings): string | undefined {
  if (!isUnattendedFlow(oidcFlow)) return undefined;
  if (oidcFlow === "client-credentials" || oidcWorkloadAs === "client") return "client_credentials";
  const name = oidcWorkloadAs === "grant" ? "jwt-bearer" : "token-exchange";
  return `urn:ietf:params:oauth:grant-type:${name}`;
}

/** What the last sign-in with these settings brought: that tells more than metadata. */
async function lastSignIn(settings: Settings, log: Log): Promise<StoredIdentity | undefined> {
  const cacheDir = cacheDirectory(settings.cacheDir);
  const stored = await listStoredIdentities({ cacheDir, log }).catch(() => []);
  return findStoredIdentity(stored, signInIdentityOf(settings));
}
