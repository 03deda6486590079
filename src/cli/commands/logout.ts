import { accountName } from "../../base/account.ts";
import type { Credential } from "../../base/credential.ts";
import { copyStoredNotes } from "../../credentials/copy_stored_notes.ts";
import {
  listStoredIdentities,
  type RemovedCredential,
  removeStoredCredentials,
  type StoredIdentity,
} from "../../credentials/stored_credentials.ts";
import { baseIdentity, exchangedFor, type Identity } from "../../credentials/identity.ts";
import { derivedFor } from "../credentials/derived_tokens.ts";
import { adviceText, asProxyError, oneLine, ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import type { Log } from "../../base/log.ts";
import { unverifiedClaims } from "../../oidc/discovery/issuer_template.ts";
import type { Revocation } from "../../oidc/revocation/revoke_credential.ts";
import type { ProviderNotes } from "../../base/provider_notes.ts";
import type { Settings } from "../../settings/settings.ts";
import { cacheDirectory } from "../../app/cache_directory.ts";
import type { CommandContext } from "./command.ts";
import { createFlows, identityOf, isDynamicallyRegistered } from "../../app/access.ts";
import { silentLog } from "../doctor/silent_log.ts";
import { requirePermissions } from "../../platform/missing_permission.ts";
import { createTerminalLog } from "../terminal/terminal_log.ts";
import { ask } from "../terminal/ask.ts";
import type { Sink, Terminal } from "../terminal/terminal.ts";

/** `logout`: revokes at the provider what can be revoked, and removes what is stored. */
export async function logout(
  { flags, resolve, terminal }: CommandContext,
): Promise<number> {
  const { settings } = await resolve({}, { unnamed: flags.all ? "none" : "ask" });
  const sink = terminal.err;
  const log = createTerminalLog({ sink, level: settings.debug ? "debug" : "warn" });
  const cacheDir = cacheDirectory(settings.cacheDir);
  // The provider is asked only for what is stored, and may be another one for each.
  requirePermissions({ urls: [], cacheDir });
  const named = flags.all ? undefined : namedIdentity(settings);
  // With the sign-in goes all that was exchanged for its token.
  const identity = named && (baseIdentity(named) ?? named);
  // The client that a credential was given to is to be known when all of it is gone.
  const notes = await copyStoredNotes({ cacheDir, log: silentLog });
  let removed = await removeStoredCredentials({ cacheDir, log, identity });
  if (removed.length === 0 && identity) {
    const others = await othersAt(identity, { cacheDir });
    if (others.length > 0) {
      const chosen = await chooseOther(others, { identity, terminal });
      if (!chosen) return 1;
      removed = await removeStoredCredentials({ cacheDir, log, identity: chosen });
    }
  }
  if (removed.length === 0) {
    sink.line(
      identity
        ? `Nobody is signed in at ${identity.issuer} with client id ${identity.clientId}, profile ${identity.profile}`
        : `Nothing is stored in ${cacheDir}`,
    );
  }
  const isDerived = ({ identity }: RemovedCredential) =>
    identity !== undefined && baseIdentity(identity) !== undefined;
  const signIns = removed.filter((each) => !isDerived(each));
  for (const each of [...signIns, ...removed.filter(isDerived)]) {
    await tell(each, { settings, notes, log, sink });
  }
  return 0;
}

/** Who is signed in at the same provider, or for the same backend, with other settings. */
async function othersAt(
  { issuer }: Identity,
  { cacheDir }: { cacheDir: string },
): Promise<(StoredIdentity & { identity: Identity })[]> {
  const stored = await listStoredIdentities({ cacheDir, log: silentLog });
  return stored.flatMap((each) =>
    each.identity?.issuer === issuer && !baseIdentity(each.identity)
      ? [{ ...each, identity: each.identity }]
      : []
  );
}

/** Which of them is meant; nobody's is removed unasked. */
async function chooseOther(
  others: readonly (StoredIdentity & { identity: Identity })[],
  { identity, terminal }: { identity: Identity; terminal: Terminal },
): Promise<Identity | undefined> {
  const { err, interactive } = terminal;
  err.line(
    `Nobody is signed in at ${identity.issuer} with these settings (${describe(identity)}), but:`,
  );
  for (const [i, { identity, claims }] of others.entries()) {
    const account = accountName(claims);
    err.line(
      `  ${String(i + 1).padStart(2)}  ${excerpt(account ?? "somebody")}, ${describe(identity)}`,
    );
  }
  if (!interactive) {
    err.line(
      `${err.paint.failure} ${
        adviceText({
          what: "Nothing was removed",
          fix: "give the settings of the one that is meant, or add --all to forget everything",
        })
      }`,
    );
    return undefined;
  }
  const answer = await ask(err, "Which one do you want to sign out?", {
    fallback: "none",
    check: (answer) =>
      answer === "none" || others[Number(answer) - 1]
        ? undefined
        : `there is no ${JSON.stringify(answer)}`,
  });
  return others[Number(answer) - 1]?.identity;
}

function describe({ clientId, scopes, profile, resource, audience }: Identity): string {
  return oneLine([
    `client id ${clientId}`,
    `scopes ${scopes.join(" ") || "none"}`,
    ...resource === undefined ? [] : [`resource ${resource}`],
    ...audience === undefined ? [] : [`audience ${audience}`],
    `profile ${profile}`,
  ].join(", "));
}

/** Whose credential is to be forgotten; the error says that it can be everybody's. */
function namedIdentity(settings: Settings): Identity {
  try {
    return identityOf(settings);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    throw new ProxyError({ ...error, fix: `${error.fix}; or add --all to forget everything` });
  }
}

async function tell(
  { identity, credential }: RemovedCredential,
  { settings, notes, log, sink }: {
    settings: Settings;
    notes: ProviderNotes;
    log: Log;
    sink: Sink;
  },
): Promise<void> {
  const { ok } = sink.paint;
  if (!identity || !credential) {
    sink.line(`${ok} Removed a credential that could not be decrypted`);
    return;
  }
  const exchange = baseIdentity(identity) && exchangedFor(identity);
  if (exchange) {
    sink.line(`${ok} Removed the token for ${excerpt(derivedFor(identity))} that came of it`);
    // The client at the backend's own server is none that the settings of the provider are for.
    const revocation = exchange.client === undefined
      ? await revoke({ identity, credential }, { settings, notes, log })
      : { refreshToken: "none" as const, accessToken: "kept" as const };
    tellRevocation(revocation, { credential, sink });
    return;
  }
  const account = accountName(credential.claims);
  const who = account ? ` of ${sink.paint.bold(excerpt(account))}` : "";
  sink.line(
    `${ok} Removed the credential${who} at ${identity.issuer}, profile ${identity.profile}`,
  );
  const revocation = await revoke({ identity, credential }, { settings, notes, log });
  tellRevocation(revocation, { credential, sink });
}

/** Asks the provider, as the client that the credential was given to. */
async function revoke(
  { identity, credential }: { identity: Identity; credential: Credential },
  { settings, notes, log }: { settings: Settings; notes: ProviderNotes; log: Log },
): Promise<Revocation> {
  // A secret belongs to the client that the settings name, and to no other.
  const own = settings.oidcClientId === identity.clientId &&
    sameIssuer(settings.oidcIssuerUrl ?? settings.backendUrl, identity.issuer);
  try {
    const flows = await createFlows({
      ...settings,
      // Where the backend named the provider, the identity has the backend in its place.
      oidcIssuerUrl: new URL(credential.issuer),
      // One that registered itself is looked up by the id in the credential, its secret with it.
      oidcClientId: isDynamicallyRegistered(identity) ? undefined : credential.clientId,
      backendUrl: settings.backendUrl ?? new URL(credential.issuer),
      ...own ? {} : {
        oidcMetadataUrl: undefined,
        oidcClientKeyFile: undefined,
        oidcClientAuth: "auto",
      },
      // Nor to a provider that only the backend named.
      ...own && settings.oidcIssuerUrl ? {} : {
        oidcClientSecret: undefined,
        oidcClientSecretFile: undefined,
      },
    }, { log, notes });
    return await flows.revoke(credential, AbortSignal.timeout(15_000));
  } catch (error) {
    const refreshToken = credential.refreshToken === undefined ? "none" : "kept";
    return { refreshToken, accessToken: "kept", error: asProxyError(error) };
  }
}

function sameIssuer(url: URL | undefined, issuer: string): boolean {
  return url?.href.replace(/\/+$/, "") === issuer.replace(/\/+$/, "");
}

/** Says what is worthless now, and what stays good, for how long. */
function tellRevocation(
  { refreshToken, accessToken, error }: Revocation,
  { credential, sink }: { credential: Credential; sink: Sink },
): void {
  const { ok, warning } = sink.paint;
  const tokens = [
    { name: "refresh token", fate: refreshToken, until: endOfRefreshToken(credential) },
    { name: "access token", fate: accessToken, until: credential.expiresAt },
  ];
  const named = (list: typeof tokens) => list.map(({ name }) => name).join(" and ");
  const revoked = tokens.filter(({ fate }) => fate === "revoked");
  // What has run out by itself is worth nothing either, whatever the provider can do about it.
  const kept = tokens.filter(({ fate, until }) => fate === "kept" && !(until! <= Date.now()));
  if (revoked.length > 0) sink.line(`${ok} Revoked its ${named(revoked)} at the provider`);
  if (kept.length === 0) {
    if (revoked.length === 0) sink.line(`${ok} Its tokens had run out already`);
    return;
  }
  const why = error
    ? `Could not revoke its ${named(kept)} (${error.what})`
    : `The provider cannot revoke its ${named(kept)}`;
  const stay = kept.map(({ name, until }) =>
    `the ${name} stays good ${
      until === undefined
        ? "for as long as the provider lets it"
        : `until ${new Date(until).toISOString()}`
    }`
  ).join(", ");
  const isRenewable = kept.some(({ name }) => name === "refresh token");
  const what = `${why}: ${stay}`;
  sink.line(
    `${warning} ${
      isRenewable
        ? adviceText({
          what,
          fix: "end the session at the provider, on its account page or by its administrator",
        })
        : what
    }`,
  );
}

/** Until when a refresh token is good, where it is a JWT that says so, as Keycloak's is. */
function endOfRefreshToken({ refreshToken }: Credential): number | undefined {
  const { exp } = unverifiedClaims(refreshToken ?? "");
  return typeof exp === "number" && exp > 0 ? exp * 1000 : undefined;
}
