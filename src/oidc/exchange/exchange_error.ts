import { ProxyError, type ProxyErrorDetails } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { isFinal } from "./is_final.ts";
import type { TokenType } from "./token_types.ts";

/** What was asked for in vain. */
export interface RefusedExchange {
  /** The provider that refused. */
  issuer: string;
  /** Who asked. */
  clientId: string;
  /** The kind of token. */
  requested?: TokenType;
  /** Whom it is for. */
  audience?: string;
  /** The resource indicator. */
  resource?: string;
  /** The scopes. */
  scopes: readonly string[];
}

/** A refusal of an exchange, with what whoever administers the provider has to do. */
export function exchangeError(error: unknown, refused: RefusedExchange): unknown {
  if (!(error instanceof ProxyError) || !isFinal(error)) return error;
  const more = remedy(error, refused);
  return new ProxyError({ ...error, ...more, final: true, cause: error.cause ?? error });
}

function remedy(
  { reason, fix }: ProxyError,
  { issuer, clientId, requested, audience, resource, scopes }: RefusedExchange,
): Pick<ProxyErrorDetails, "fix"> & Partial<ProxyErrorDetails> {
  const target = excerpt(audience ?? resource ?? "the backend");
  const what = requested === "id-jag" ? `an ID-JAG for ${target}` : `a token for ${target}`;
  const atProvider = (act: string) => `ask the administrator of ${issuer} to ${act}`;
  const configuration = { category: "Configuration error" as const };
  switch (reason) {
    case "invalid_target":
      return {
        ...configuration,
        fix: `${
          atProvider(`let the client ${clientId} have ${what}`)
        }, or correct OIDC_EXCHANGE_AUDIENCE or OIDC_EXCHANGE_RESOURCE`,
      };
    case "access_denied":
      return { fix: atProvider(`allow your account ${what} there`) };
    case "unauthorized_client":
      return { ...configuration, fix: atProvider(`allow the client ${clientId} token exchange`) };
    case "invalid_client":
      return {
        ...configuration,
        fix: `${fix}; public clients may not exchange tokens at every provider`,
      };
    case "unsupported_grant_type":
      return {
        ...configuration,
        fix: isEntra(issuer)
          ? "set OIDC_EXCHANGE_GRANT=on-behalf-of, which is what Entra ID has instead"
          : `${atProvider("switch token exchange (RFC 8693) on")}, or leave OIDC_EXCHANGE_* out`,
      };
    case "invalid_scope":
      return {
        ...configuration,
        fix: scopes.length > 0
          ? `${
            atProvider(`let the client ${clientId} exchange tokens for ${scopes.join(" ")}`)
          }, or correct OIDC_EXCHANGE_SCOPES`
          : `${atProvider("look at the consents of this client")}, or set OIDC_EXCHANGE_SCOPES`,
      };
    case "consent_required":
    case "interaction_required":
      return {
        fix: `${atProvider(`grant consent for ${what} to the client ${clientId}`)}, since nobody ` +
          "is asked for it during an exchange",
      };
    case "invalid_request":
    case "invalid_grant":
    case "invalid_token":
      return {
        fix: `sign in again (authful-mcp-proxy login --force); if that does not help, ${
          atProvider(`see why it does not exchange tokens of the client ${clientId}`)
        }`,
      };
    default:
      return { fix };
  }
}

function isEntra(issuer: string): boolean {
  return /(^|\.)(microsoftonline\.(com|us)|partner\.microsoftonline\.cn|windows\.net)$/.test(
    URL.parse(issuer)?.hostname ?? "",
  );
}
