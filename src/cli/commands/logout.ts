import { accountName } from "../../account.ts";
import {
  type RemovedCredential,
  removeStoredCredentials,
} from "../../credentials/stored_credentials.ts";
import { type Identity, identityKey } from "../../credentials/identity.ts";
import { asProxyError, oneLine, ProxyError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Settings } from "../../settings.ts";
import { cacheDirectory } from "../cache_directory.ts";
import type { CommandContext } from "../command_table.ts";
import { createFlows, identityOf } from "../credential_access.ts";
import { requirePermissions } from "../missing_permission.ts";
import { createSpokenLog } from "../terminal/spoken_log.ts";
import type { Sink } from "../terminal/terminal.ts";

/** `logout`: revokes at the provider what can be revoked, and removes what is stored. */
export async function logout(
  { flags, resolve, terminal }: CommandContext,
): Promise<number> {
  const { settings } = await resolve();
  const sink = terminal.err;
  const log = createSpokenLog({ sink, level: settings.debug ? "debug" : "warn" });
  const cacheDir = cacheDirectory(settings.cacheDir);
  // The provider is asked only for what is stored, and may be another one for each.
  requirePermissions({ urls: [], cacheDir });
  const identity = flags.all ? undefined : namedIdentity(settings);
  const removed = await removeStoredCredentials({ cacheDir, log, identity });
  if (removed.length === 0) {
    sink.line(
      identity
        ? `Nobody is signed in at ${identity.issuer} with client id ${identity.clientId}, profile ${identity.profile}`
        : `Nothing is stored in ${cacheDir}`,
    );
  }
  for (const each of removed) await tell(each, { settings, log, sink });
  return 0;
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
  { settings, log, sink }: { settings: Settings; log: Log; sink: Sink },
): Promise<void> {
  const { ok, warning } = sink.paint;
  if (!identity || !credential) {
    sink.line(`${ok} Removed a credential that could not be decrypted`);
    return;
  }
  const account = accountName(credential.claims);
  const who = account ? ` of ${sink.paint.bold(oneLine(account))}` : "";
  sink.line(
    `${ok} Removed the credential${who} at ${identity.issuer}, profile ${identity.profile}`,
  );
  const until = credential.expiresAt === undefined
    ? "until it expires"
    : `until ${new Date(credential.expiresAt).toISOString()}`;
  try {
    // A secret belongs to the client that the settings name, and to no other.
    const own = settings.oidcClientId === identity.clientId &&
      settings.oidcIssuerUrl !== undefined &&
      identityKey({ ...identity, issuer: settings.oidcIssuerUrl.href }) === identityKey(identity);
    const flows = await createFlows({
      ...settings,
      // Where the backend named the provider, the identity has the backend in its place.
      oidcIssuerUrl: new URL(credential.issuer),
      oidcClientId: credential.clientId,
      ...own ? {} : {
        oidcMetadataUrl: undefined,
        oidcClientSecret: undefined,
        oidcClientSecretFile: undefined,
        oidcClientKeyFile: undefined,
      },
    }, { log });
    const revoked = await flows.revoke(credential, AbortSignal.timeout(15_000));
    if (revoked === "everything") {
      sink.line(`${ok} Revoked its tokens at the provider`);
    } else if (revoked === "refresh token") {
      sink.line(
        `${ok} Revoked its refresh token at the provider; the access token cannot be and stays good ${until}`,
      );
    } else {
      sink.line(
        `${warning} The provider cannot revoke its tokens: the access token stays good ${until}`,
      );
    }
  } catch (error) {
    const { what } = asProxyError(error);
    sink.line(`${warning} Could not revoke its tokens (${what}): they stay good ${until}`);
  }
}
