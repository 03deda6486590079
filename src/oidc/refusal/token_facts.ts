import type { Credential } from "../../base/credential.ts";
import { unverifiedClaims } from "../discovery/issuer_template.ts";

/** What a token says of itself, whether or not it is true; never the token. */
export interface TokenFacts {
  /** Whether it is a JWT that can be looked into. */
  isJwt: boolean;
  /** RFC 7519 section 4.1.1. */
  iss?: string;
  /** RFC 7519 section 4.1.3. */
  aud: readonly string[];
  /** The scopes, by the token or else by the provider's answer. */
  scopes: readonly string[];
  /** RFC 7519 section 4.1.4, in seconds since the epoch. */
  exp?: number;
  /** RFC 9068 section 2.2.1: how the person was authenticated. */
  acr?: string;
  /** RFC 7515 section 4.1.1. */
  alg?: string;
  /** RFC 7515 section 4.1.9: `at+jwt` for RFC 9068. */
  typ?: string;
  /** How it is shown. */
  scheme: Credential["tokenType"];
}

/** Looks into the token that the backend is shown. */
export function tokenFacts({ accessToken, tokenType, scope, claims }: Credential): TokenFacts {
  const said = unverifiedClaims(accessToken);
  const header = unverifiedClaims(`.${accessToken}`);
  const isJwt = Object.keys(said).length > 0;
  return {
    isJwt,
    iss: text(said.iss),
    aud: list(said.aud),
    scopes: scopesOf(said, scope),
    exp: typeof said.exp === "number" ? said.exp : undefined,
    acr: text(said.acr ?? claims?.acr),
    alg: text(header.alg),
    typ: text(header.typ),
    scheme: tokenType,
  };
}

/** Every name of a scope that the token has: `scp` of Entra ID is shorter than what is asked for. */
export function heldScopes(credential: Credential): string[] {
  const said = unverifiedClaims(credential.accessToken);
  return [...new Set([...scopesOf(said, undefined), ...scopesOf({}, credential.scope)])];
}

/** `scope` (RFC 8693 section 4.2), `scp` of Entra ID and Okta, else what was granted. */
function scopesOf(said: Record<string, unknown>, granted: string | undefined): string[] {
  const scope = said.scope ?? said.scp ?? granted ?? "";
  const names = Array.isArray(scope) ? scope.map(String) : String(scope).split(" ");
  return names.filter((name) => name !== "");
}

function list(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === "string");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
