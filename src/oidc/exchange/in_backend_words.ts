import { ProxyError } from "../../base/errors.ts";
import type { ProviderConnection } from "../provider_connection.ts";

/**
 * An error of the backend's own authorization server: it names the settings that are about that
 * server, where the same error of the provider names others, and says who has to do something.
 */
export function inBackendWords(
  error: unknown,
  { server: { issuer }, client }: Pick<ProviderConnection, "server" | "client">,
): unknown {
  if (!(error instanceof ProxyError)) return error;
  return new ProxyError({
    ...error,
    what: withSettings(error.what),
    fix: fixAt(error, { issuer, clientId: client.client_id }),
    cause: error.cause ?? error,
  });
}

function fixAt(
  { reason, fix }: ProxyError,
  { issuer, clientId }: { issuer: string; clientId: string },
): string {
  const have = (act: string) => `ask the administrator of ${issuer} to ${act}`;
  switch (reason) {
    case "invalid_grant":
    case "access_denied":
      return have("trust the ID-JAGs of your provider, and your account in them");
    case "unauthorized_client":
    case "unsupported_grant_type":
      return have(`allow the client ${clientId} the grant jwt-bearer for ID-JAGs`);
    case "invalid_scope":
      return `${have(`allow the client ${clientId} these scopes`)}, or set OIDC_EXCHANGE_SCOPES`;
    case "invalid_target":
      return have("say by which resource it knows the backend, and set OIDC_EXCHANGE_RESOURCE");
    default:
      return withSettings(fix);
  }
}

/** A text that names the settings of the provider, about the backend's authorization server. */
function withSettings(text: string): string {
  return text.replace(
    /\bOIDC_(ISSUER_URL|CLIENT_ID|CLIENT_SECRET|CLIENT_SECRET_FILE|CLIENT_AUTH|CLIENT_KEY_FILE)\b/g,
    "MCP_BACKEND_$1",
  );
}
