import type { Credential } from "../base/credential.ts";

/**
 * Whose credential it is. Two starts with the same identity share one sign-in; a change of any
 * field is another identity with a sign-in of its own.
 */
export interface Identity {
  /** The provider's issuer identifier. */
  issuer: string;
  /** The client id registered at the provider. */
  clientId: string;
  /** The scopes that are asked for, in any order. */
  scopes: readonly string[];
  /** The resource indicator (RFC 8707). */
  resource?: string;
  /** The audience parameter of providers that have one. */
  audience?: string;
  /** Further parameters, of any request for a token, that change what the token is good for. */
  authorizationParameters?: Readonly<Record<string, string>>;
  /** The name under which the person keeps several accounts apart. */
  profile: string;
}

/**
 * The text that stands for an identity: equal for equal identities, whatever the order of scopes
 * and parameters, and different for different ones.
 */
export function identityKey(identity: Identity): string {
  return JSON.stringify([
    identity.issuer.replace(/\/+$/, ""),
    identity.clientId,
    [...new Set(identity.scopes)].sort(),
    identity.resource ?? null,
    identity.audience ?? null,
    Object.entries(identity.authorizationParameters ?? {}).sort(([a], [b]) => a < b ? -1 : 1),
    identity.profile,
  ]);
}

/** The parameter of an identity that says by which flow it signs in, where that makes a difference. */
export const flowParameter = "(flow)";

/** Whether a new token comes without a person whenever one is needed. */
export function isUnattended(identity: Identity | undefined): boolean {
  const flow = identity?.authorizationParameters?.[flowParameter];
  return flow === "client-credentials" || flow === "workload";
}

/** What begins the parameters of an identity whose token is derived from that of another one. */
const derivation = "(exchange) ";

/**
 * The identity of a token that is derived from that of a sign-in: the same one, with what says what
 * the token was exchanged for.
 */
export function derivedIdentity(
  base: Identity,
  exchange: Readonly<Record<string, string | undefined>>,
): Identity {
  const given = Object.entries(exchange).flatMap(([name, value]) =>
    value === undefined ? [] : [[`${derivation}${name}`, value]]
  );
  return {
    ...base,
    authorizationParameters: { ...base.authorizationParameters, ...Object.fromEntries(given) },
  };
}

/** The identity of the sign-in that a token is derived from; `undefined` when it is that of one itself. */
export function baseIdentity(identity: Identity): Identity | undefined {
  const parameters = Object.entries(identity.authorizationParameters ?? {});
  const own = parameters.filter(([name]) => !name.startsWith(derivation));
  if (own.length === parameters.length) return undefined;
  return { ...identity, authorizationParameters: Object.fromEntries(own) };
}

/** What the token of an identity was exchanged for, by the names given to {@linkcode derivedIdentity}. */
export function exchangedFor(identity: Identity): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(identity.authorizationParameters ?? {}).flatMap(([name, value]) =>
      name.startsWith(derivation) ? [[name.slice(derivation.length), value]] : []
    ),
  );
}

/**
 * The account that a credential of an identity is of, as text: equal for one account and different
 * for two. Where no claim names it, it is that of one sign-in; without a person it is the identity's.
 * `undefined` when nobody can tell.
 */
export function accountOf(credential: Credential, identity: Identity): string | undefined {
  if (isUnattended(identity)) return "unattended";
  const { issuer, claims, signInId } = credential;
  const subject = claims?.sub;
  if (typeof subject === "string" && subject !== "") return JSON.stringify([issuer, subject]);
  return signInId === undefined ? undefined : JSON.stringify([issuer, null, signInId]);
}

/** The credential with a name of the sign-in that it came of, where nothing else says whose it is. */
export function withSignInId(
  credential: Credential,
  signInId: string = crypto.randomUUID(),
): Credential {
  return credential.claims?.sub === undefined ? { ...credential, signInId } : credential;
}

/** The identity key as a name of fixed length for database keys: SHA-256, hexadecimal. */
export async function identityDigest(identity: Identity): Promise<string> {
  const key = new TextEncoder().encode(identityKey(identity));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Parameters that say how a person signs in (OpenID Connect Core section 3.1.2.1), and not what the
 * token is good for.
 */
const personal: readonly string[] = ["prompt", "login_hint", "max_age", "ui_locales"];

/**
 * The identity without the parameters that make no other credential; `undefined` when it has none of
 * them. Version 0.1.0 counted them in: what it has stored goes on to be found under the whole identity.
 */
export function withoutPersonalParameters(identity: Identity): Identity | undefined {
  const parameters = Object.entries(identity.authorizationParameters ?? {});
  const lasting = parameters.filter(([name]) => !personal.includes(name));
  if (lasting.length === parameters.length) return undefined;
  return { ...identity, authorizationParameters: Object.fromEntries(lasting) };
}
