import { createFlows, exchangesTokens } from "../../app/access.ts";
import type { FlagTexts } from "../../settings/options.ts";
import type { Settings } from "../../settings/settings.ts";
import { silentLog } from "../doctor/silent_log.ts";
import { ask } from "../terminal/ask.ts";
import type { Sink } from "../terminal/terminal.ts";

/** How whoever has no such client answers. */
const none = "none";

/** Backend, its server and the provider are waited for this long, in milliseconds. */
const patience = 20_000;

/**
 * The issuer of the backend's own authorization server, when that says that it takes ID-JAGs, and the
 * provider of the settings that it exchanges tokens; `undefined` otherwise, and when nobody answers.
 */
export async function offeredServer(settings: Settings): Promise<string | undefined> {
  const { oidcIssuerUrl: issuerUrl, backendUrl } = settings;
  if (!issuerUrl || !backendUrl || exchangesTokens(settings)) return undefined;
  const signal = AbortSignal.timeout(patience);
  try {
    const client = await createFlows({
      ...settings,
      // Nobody is signed in: who we would be there makes no difference to what is asked.
      oidcClientId: settings.oidcClientId ?? "unknown",
      backendClientId: "unknown",
      backendClientSecret: undefined,
      backendClientSecretFile: undefined,
      backendClientKeyFile: undefined,
    }, { log: silentLog });
    const { issuer, metadata: server } = await client.backendServer(signal);
    const provider = await client.metadata(signal);
    const takes = includes(server, "authorization_grant_profiles_supported", idJagProfile);
    const gives = includes(provider, "grant_types_supported", tokenExchange) ||
      includes(provider, "identity_chaining_requested_token_types_supported", idJagType);
    return takes && gives && issuer !== provider.issuer ? issuer : undefined;
  } catch {
    // What nobody says is offered to nobody.
    return undefined;
  }
}

/** Asks whether the company's sign-on is to be used for a backend that has a server of its own. */
export async function offerSignOn(
  settings: Settings,
  { answers, err }: { answers: FlagTexts; err: Sink },
): Promise<void> {
  const issuer = await offeredServer(settings);
  if (issuer === undefined) return;
  const { paint } = err;
  err.line(
    `${paint.ok} The backend has an authorization server of its own, ${issuer}, which takes the ` +
      "sign-in of your provider (ID-JAG): no sign-in of its own is needed with a client id there",
  );
  const id = await ask(err, `Client id at ${issuer}:`, { fallback: none });
  if (id === undefined || id === none) return;
  answers.backendClientId = id;
  answers.backendIssuerUrl = issuer;
  const file = await ask(err, "File with the client secret there:", { fallback: none });
  if (file !== undefined && file !== none) answers.backendClientSecretFile = file;
}

const idJagProfile = "urn:ietf:params:oauth:grant-profile:id-jag";
const idJagType = "urn:ietf:params:oauth:token-type:id-jag";
const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

function includes(metadata: object, name: string, value: string): boolean {
  const list = (metadata as Record<string, unknown>)[name];
  return Array.isArray(list) && list.includes(value);
}
