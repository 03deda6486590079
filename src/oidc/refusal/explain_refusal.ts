import { oneLine, ProxyError } from "../../errors.ts";
import { unverifiedClaims } from "../discovery/issuer_template.ts";
import { tokenChallenge } from "./challenges.ts";

/** A backend's refusal of a token that should have been good. */
export interface TokenRefusal {
  /** The status of the answer. */
  status: number;
  /** The header fields of the answer. */
  headers: Headers;
  /** The backend. */
  backendUrl: URL;
  /** The token that was refused; looked into, never shown. */
  token: string;
  /** The scopes that the provider said it granted, space-separated. */
  grantedScope?: string;
  /** The issuer that was signed in at; absent when the backend itself named it. */
  issuer?: string;
  /** What the backend's metadata says of whom it trusts (RFC 9728), when it was asked. */
  advertised?: { issuers: readonly string[]; resource?: string };
  /** The present, in milliseconds since the epoch. */
  now: number;
}

/**
 * Why a backend refuses a fresh token, as far as the token and the backend say: an error that puts
 * the two side by side and names the likeliest cause and the setting to change.
 */
export function explainRefusal(refusal: TokenRefusal): ProxyError {
  const { status, headers, backendUrl } = refusal;
  const challenge = tokenChallenge(headers)?.parameters ?? {};
  const claims = unverifiedClaims(refusal.token);
  const said = [
    challenge.error,
    challenge.error_description && `"${shorten(challenge.error_description)}"`,
    challenge.scope && `scope ${shorten(challenge.scope)}`,
    challenge.resource_metadata && `metadata ${shorten(challenge.resource_metadata)}`,
  ].filter((part) => part).join(", ");
  const shown = facts(claims, refusal);
  const { cause, fix } = likeliestCause(refusal, { claims, challenge });
  return new ProxyError({
    category: "Authentication error",
    what: `${backendUrl.origin} refused a fresh token with HTTP ${status}${
      said && ` (${said})`
    }; the token ${shown}${cause && `; ${cause}`}`,
    fix,
    reason: challenge.error === "insufficient_scope" ? "insufficient_scope" : "token_refused",
    httpStatus: status,
  });
}

function facts(claims: Record<string, unknown>, refusal: TokenRefusal): string {
  const { iss, aud, exp } = claims;
  const scope = scopesOf(claims, refusal).join(" ");
  if (Object.keys(claims).length === 0) {
    return `is no JWT that can be looked into${scope && ` (scope ${shorten(scope)})`}`;
  }
  const parts = [
    `iss ${word(iss)}`,
    `aud ${audiences(aud).map(word).join(" and ") || "nothing"}`,
    `scope ${shorten(scope) || "nothing"}`,
    typeof exp === "number" ? `exp ${instant(exp)}` : "no exp",
  ];
  return `says ${parts.join(", ")}`;
}

/** The likeliest cause, empty when none is in sight, and what to change. */
function likeliestCause(
  refusal: TokenRefusal,
  { claims, challenge }: {
    claims: Record<string, unknown>;
    challenge: Readonly<Record<string, string>>;
  },
): { cause: string; fix: string } {
  const { backendUrl, advertised, issuer, now } = refusal;
  const { iss, aud, exp } = claims;
  const granted = scopesOf(claims, refusal);
  const missing = (challenge.scope ?? "").split(" ").filter((scope) =>
    scope !== "" && !granted.includes(scope)
  );
  if (challenge.error === "insufficient_scope" || refusal.status === 403) {
    return missing.length > 0
      ? {
        cause: `the backend wants the scope ${shorten(missing.join(" "))}`,
        fix:
          "add that scope to OIDC_SCOPES, or ask the provider's administrator to allow it for you",
      }
      : {
        cause: "the backend does not allow this to you",
        fix: "ask the backend's administrator, or add the scope that it needs to OIDC_SCOPES",
      };
  }
  if (typeof exp === "number" && exp * 1000 <= now) {
    return {
      cause: "the token has expired already",
      fix: "check the clock of this machine and the token lifetime at the provider",
    };
  }
  const others = advertised?.issuers.filter((other) => !sameUrl(other, String(iss ?? issuer)));
  if (advertised && others && others.length === advertised.issuers.length && others.length > 0) {
    return {
      cause: `the backend trusts ${others.map(word).join(" and ")}, the token is from ${
        word(iss ?? issuer)
      }`,
      fix: "set OIDC_ISSUER_URL to the issuer that the backend trusts",
    };
  }
  if (Object.keys(claims).length === 0) {
    return {
      cause: "a backend that verifies JWTs cannot read this token",
      fix: "set OIDC_AUDIENCE or OIDC_RESOURCE so that the provider issues one for the backend",
    };
  }
  const wanted = advertised?.resource ?? backendUrl.href;
  const acceptable = advertised?.resource ? [wanted] : [wanted, backendUrl.origin];
  if (!audiences(aud).some((audience) => acceptable.some((url) => sameUrl(audience, url)))) {
    return {
      cause: `the token's audience is ${
        audiences(aud).map(word).join(" and ") || "nothing"
      }, the backend is ${word(wanted)}`,
      fix: "set OIDC_AUDIENCE or OIDC_RESOURCE",
    };
  }
  if (missing.length > 0) {
    return {
      cause: `the backend wants the scope ${shorten(missing.join(" "))}`,
      fix: "add that scope to OIDC_SCOPES",
    };
  }
  return {
    cause: "",
    fix: "check that the backend trusts this issuer and client id and accepts this audience",
  };
}

function sameUrl(left: string, right: string): boolean {
  const plain = (text: string) => (URL.parse(text)?.href ?? text).replace(/\/$/, "");
  return plain(left) === plain(right);
}

function audiences(aud: unknown): string[] {
  return (Array.isArray(aud) ? aud : [aud]).filter((audience) => typeof audience === "string");
}

/** `scope` (RFC 8693 section 4.2), `scp` of Entra and Okta, else what was granted. */
function scopesOf(claims: Record<string, unknown>, { grantedScope }: TokenRefusal): string[] {
  const said = claims.scope ?? claims.scp ?? grantedScope ?? "";
  const texts = Array.isArray(said) ? said.map(String) : String(said).split(" ");
  return texts.filter((scope) => scope !== "");
}

function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

function word(value: unknown): string {
  return value === undefined ? "nothing" : shorten(String(value));
}

function shorten(text: string): string {
  const line = oneLine(text);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
