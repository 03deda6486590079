import type { ProviderConnection } from "../provider_connection.ts";

/** What is known of a provider and client about asking for consent to get a refresh token. */
export interface ConsentMemory {
  /** Whether to ask in the first request already: it brought a refresh token before. */
  readonly ask: boolean;
  /** Whether to ask once more when the first request brings none. */
  readonly retry: boolean;
  /** Remembers whether asking is of use, for so many milliseconds or for good. */
  remember(helps: boolean, lifetime?: number): Promise<void>;
}

/**
 * Some providers give a refresh token for `offline_access` only when the request says
 * `prompt=consent`, as OpenID Connect Core section 11 has it. Others give one anyway, and there the
 * person must not be bothered: so it is said only to those that list the scope and gave none, and
 * what came of that is remembered.
 */
export async function consentMemory(connection: ProviderConnection): Promise<ConsentMemory> {
  const { issuerUrl, clientId, notes } = connection.options;
  const name = `consent ${issuerUrl.href} ${clientId}`;
  const isOfUse = canHelp(connection);
  // Without a note that can be read, it is as if this were the first time.
  const noted = isOfUse ? await notes?.read(name).catch(() => undefined) : undefined;
  return {
    ask: noted === true,
    retry: isOfUse && noted !== false,
    async remember(helps, lifetime) {
      if (helps !== noted) await notes?.write(name, helps, lifetime).catch(() => {});
    },
  };
}

function canHelp({ server, options }: ProviderConnection): boolean {
  const { scopes_supported: known, grant_types_supported: grants } = server;
  const prompt = options.authorizationParameters?.prompt?.split(" ") ?? [];
  return options.scopes.includes("offline_access") && known?.includes("offline_access") === true &&
    grants?.includes("refresh_token") !== false &&
    // What the person has set already, or `none`, which goes with nothing else.
    !prompt.includes("consent") && !prompt.includes("none");
}
