import type { Credential } from "../../../base/credential.ts";
import { asProxyError, oneLine } from "../../../base/errors.ts";
import { excerpt, excerpts } from "../../../base/excerpt.ts";
import type { Log } from "../../../base/log.ts";
import {
  createAccess,
  createFlows,
  exchangesTokens,
  withoutExchange,
} from "../../../app/access.ts";
import { tokenFacts } from "../../../oidc/refusal/token_facts.ts";
import { idleBackendSettings } from "../../../settings/require_exchange.ts";
import type { Settings } from "../../../settings/settings.ts";
import { formatDuration } from "../../terminal/duration.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

type Add = (verdict: Finding["verdict"], found: string, fix?: string) => void;

const grantType = "urn:ietf:params:oauth:grant-type:";

/** Each step from the sign-in to the token of the backend, and what both tokens say of themselves. */
export async function checkExchange(examination: Examination): Promise<Finding[]> {
  const { resolved: { settings }, unreachable, log, signal } = examination;
  const idle = idleBackendSettings(settings);
  if (idle.length > 0) {
    return [{
      check: "exchange",
      verdict: "warning",
      found: `without MCP_BACKEND_CLIENT_ID there is no use for ${idle.join(", ")}`,
      fix: `set MCP_BACKEND_CLIENT_ID, or leave ${idle.join(", ")} out`,
    }];
  }
  if (!exchangesTokens(settings)) return [];
  const { oidcIssuerUrl: issuer, backendClientId } = settings;
  if (!issuer || unreachable.has(issuer.host)) return [];
  const findings: Finding[] = [];
  const add: Add = (verdict, found, fix) =>
    findings.push({ check: "exchange", verdict, found, fix });
  const access = createAccess(settings, log);
  try {
    const client = await createFlows(settings, { log, notes: access.source.notes });
    sayProvider(settings, { metadata: await client.metadata(signal), add });
    const server = backendClientId === undefined ? undefined : await client.backendServer(signal);
    if (server) sayServer(server, add);
    await compareTokens(settings, { log, signal, add, current: access.source.current });
  } catch (error) {
    const { what, fix } = asProxyError(error);
    add("failure", what, fix);
  } finally {
    await access.source.close();
  }
  return findings;
}

function sayProvider(
  settings: Settings,
  { metadata, add }: { metadata: Record<string, unknown> & { issuer: string }; add: Add },
): void {
  const isIdJag = settings.backendClientId !== undefined;
  const onBehalf = settings.oidcExchangeGrant === "on-behalf-of";
  const wanted = `${grantType}${onBehalf ? "jwt-bearer" : "token-exchange"}`;
  const grants = listOf(metadata.grant_types_supported);
  if (!grants) {
    add("ok", `${metadata.issuer} does not list its grants`);
  } else if (grants.includes(wanted)) {
    add("ok", `${metadata.issuer} exchanges tokens (${onBehalf ? "on-behalf-of" : "RFC 8693"})`);
  } else {
    add(
      "warning",
      `${metadata.issuer} does not list the grant ${wanted}, though some providers give more than they list`,
      "ask the provider's administrator whether this client may exchange tokens",
    );
  }
  const types = listOf(metadata.identity_chaining_requested_token_types_supported);
  if (isIdJag && types) {
    const gives = types.includes("urn:ietf:params:oauth:token-type:id-jag");
    add(
      gives ? "ok" : "failure",
      gives ? "gives ID-JAGs" : "gives other tokens for other servers, but no ID-JAG",
      gives ? undefined : "ask the provider's administrator for ID-JAGs",
    );
  }
  const { oidcClientSecret, oidcClientSecretFile, oidcClientKeyFile, clientCert } = settings;
  if ([oidcClientSecret, oidcClientSecretFile, oidcClientKeyFile, clientCert].every((v) => !v)) {
    add(
      "warning",
      "no client secret or key is set, and many providers let no public client exchange tokens",
      "ask the provider's administrator for a confidential client, and set OIDC_CLIENT_SECRET_FILE",
    );
  }
}

function sayServer(
  { issuer, resource, metadata }: {
    issuer: string;
    resource: string;
    metadata: Record<string, unknown>;
  },
  add: Add,
): void {
  add("ok", `the backend's authorization server is ${oneLine(issuer)}, for ${oneLine(resource)}`);
  const profiles = listOf(metadata.authorization_grant_profiles_supported);
  const grants = listOf(metadata.grant_types_supported);
  if (profiles?.includes("urn:ietf:params:oauth:grant-profile:id-jag")) {
    add("ok", "it takes ID-JAGs");
  } else if (grants && !grants.includes(`${grantType}jwt-bearer`)) {
    add(
      "warning",
      "it does not list the grant jwt-bearer, by which an ID-JAG is presented",
      `ask the administrator of ${oneLine(issuer)} whether it takes ID-JAGs of your provider`,
    );
  } else {
    add("ok", "it does not say whether it takes ID-JAGs");
  }
}

/** Both tokens side by side; asks nobody to sign in. */
async function compareTokens(
  settings: Settings,
  { log, signal, add, current }: {
    log: Log;
    signal: AbortSignal;
    add: Add;
    current: ReturnType<typeof createAccess>["source"]["current"];
  },
): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const request = { interactive: false, signal: limited };
  const signIn = createAccess(withoutExchange(settings), log);
  try {
    const base = await signIn.source.current(request);
    add("ok", `the token of the sign-in: ${factsOf(base)}`);
    add("ok", `the token of the backend: ${factsOf(await current(request))}`);
  } catch (error) {
    const { reason, what, fix } = asProxyError(error);
    if (reason === "signed_out") {
      add(
        "unknown",
        "not signed in: whether the provider exchanges the token cannot be told before",
        "run authful-mcp-proxy login",
      );
    } else add("failure", what, fix);
  } finally {
    await signIn.source.close();
  }
}

/** What a token says of itself, never the token. */
function factsOf(credential: Credential): string {
  const { isJwt, iss, aud, scopes } = tokenFacts(credential);
  const { expiresAt, issuer } = credential;
  const end = expiresAt === undefined
    ? "no end known"
    : `ends in ${formatDuration(expiresAt - Date.now())}`;
  return [
    `iss ${excerpt(iss ?? issuer)}`,
    `aud ${isJwt ? excerpts(aud) || "none" : "unknown, since it is no JWT"}`,
    `scopes ${excerpts(scopes, { joint: " " }) || "none"}`,
    end,
  ].join(", ");
}

function listOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : undefined;
}
