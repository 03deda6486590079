import { audienceAdvice, isSameUrl } from "./audience_advice.ts";
import { pointedTopic, type RefusalTopic } from "./pointed_topic.ts";
import { excerpt } from "../../base/excerpt.ts";
import { listed } from "./refusal_words.ts";
import { clockDifference, isFor, isOfAnotherIssuer, isPast, noticeable } from "./token_checks.ts";
import type { ReadRefusal } from "./token_refusal.ts";

/** What is likely wrong, empty when nothing is in sight, and what to do about it. */
export interface Diagnosis {
  /** What is likely wrong, empty when nothing is in sight. */
  cause: string;
  /** What to do, an imperative. */
  fix: string;
}

/** What the refusal is about: by its code, by its words, else by what differs. */
export function topicOf(refusal: ReadRefusal): RefusalTopic | undefined {
  const { words, status, token, accepted, missing } = refusal;
  if (words.error === "insufficient_user_authentication") return "authentication";
  if (words.error === "insufficient_scope") return "scope";
  const pointed = pointedTopic(words.reasons);
  if (pointed !== undefined) return pointed;
  if (words.error === "invalid_dpop_proof") return "scheme";
  if (status === 403) return "scope";
  const scheme = token.scheme.toLowerCase();
  const { schemes } = words;
  if (schemes.length > 0 && !schemes.includes(scheme) && accepted?.scheme !== token.scheme) {
    return "scheme";
  }
  if (isPast(refusal)) return "time";
  if (isOfAnotherIssuer(refusal)) return "issuer";
  if (words.scope !== undefined && missing.length > 0) return "scope";
  return undefined;
}

/** What follows from it. */
export function diagnose(topic: RefusalTopic | undefined, refusal: ReadRefusal): Diagnosis {
  const { token } = refusal;
  switch (topic) {
    case "issuer":
      return issuerDiagnosis(refusal);
    case "audience":
      return { cause: "", fix: advisedAudience(refusal) };
    case "scope":
      return scopeDiagnosis(refusal);
    case "authentication":
      return {
        cause: token.acr === undefined ? "the token says nothing of how the person signed in" : "",
        fix:
          "sign in in the way that the backend wants, or ask the provider's administrator for it",
      };
    case "time":
      return timeDiagnosis(refusal);
    case "scheme":
      return schemeDiagnosis(refusal);
    case "type":
      return {
        cause: `the token is of the type ${excerpt(token.typ ?? "nothing")}`,
        fix: "ask the backend's operator to accept that type (at+jwt is RFC 9068's), or have the " +
          "provider give access tokens of the type that the backend takes",
      };
    case "algorithm":
      return {
        cause: `the token is signed with ${excerpt(token.alg ?? "nothing")}`,
        fix:
          "configure the provider to sign access tokens of this client with an algorithm that the backend " +
          "takes, or ask the backend's operator to accept this one",
      };
    case "signature":
      return isOfAnotherIssuer(refusal) ? issuerDiagnosis(refusal) : {
        cause: "",
        fix: `ask the backend's operator whether it has the keys of ${
          excerpt(token.iss ?? refusal.issuer)
        } as they are now`,
      };
    case "client":
      return {
        cause: `the token was given to the client ${excerpt(refusal.clientId)}`,
        fix:
          "set OIDC_CLIENT_ID to a client that the backend allows, or ask its operator to allow " +
          "this one",
      };
    case "revoked":
      return {
        cause: "",
        fix:
          "sign in again with authful-mcp-proxy login; if that does not help, ask the backend's " +
          "operator where it has tokens checked",
      };
    case "format":
      if (!token.isJwt) return opaqueDiagnosis(refusal);
      return { cause: "", fix: "ask the backend's operator what form of token it wants" };
    default:
      return likeliest(refusal);
  }
}

/** What looks likely when the backend gives no reason that can be made out. */
function likeliest(refusal: ReadRefusal): Diagnosis {
  const { token, accepted, advertised, backendUrl, missing } = refusal;
  // What it took before was good enough in this respect.
  if (!token.isJwt && accepted?.isJwt !== false) return opaqueDiagnosis(refusal);
  const audienceWasGood = accepted !== undefined && listed(accepted.aud) === listed(token.aud);
  if (!audienceWasGood && isForAnother(refusal)) {
    return {
      cause: `its audience ${listed(token.aud)} may not be what the backend at ${
        excerpt(backendUrl.href)
      } wants`,
      fix: advisedAudience(refusal),
    };
  }
  const operator = "ask the backend's operator, who can see why";
  if (advertised?.scopes?.length && missing.length > 0) {
    return {
      cause: `the backend knows the scope ${excerpt(missing.join(" "))}, which the token lacks`,
      fix: `${addScope(refusal)}; or ${operator}`,
    };
  }
  // The commonest reasons of all, as no more than that.
  const isAudienceGood = audienceWasGood || advertised?.resource !== undefined ||
    isForBackend(refusal);
  const hint = isAudienceGood
    ? "a scope may be missing"
    : "often it expects another audience, or a scope is missing";
  return { cause: "", fix: `${operator}; ${hint}` };
}

function issuerDiagnosis(refusal: ReadRefusal): Diagnosis {
  const { advertised, issuer, token, settings } = refusal;
  const iss = token.iss ?? issuer;
  const others = advertised?.issuers ?? [];
  if (isOfAnotherIssuer(refusal)) {
    const cause = `the backend trusts ${listed(others)}, the token is from ${excerpt(iss)}`;
    return others.some((other) => settings.issuer && isSameUrl(other, settings.issuer))
      ? {
        cause,
        fix: `tell the backend's operator that tokens of that provider say iss ${excerpt(iss)}`,
      }
      : { cause, fix: "set OIDC_ISSUER_URL to the issuer that the backend trusts" };
  }
  if (others.length > 0) {
    return {
      cause: "",
      fix: `ask the backend's operator: it advertises ${excerpt(iss)} and does not accept it`,
    };
  }
  return {
    cause: "",
    fix:
      `ask the backend's operator which issuer it trusts, and set OIDC_ISSUER_URL to that one if ` +
      `it is not ${excerpt(iss)}`,
  };
}

function scopeDiagnosis(refusal: ReadRefusal): Diagnosis {
  const { missing, words } = refusal;
  if (missing.length > 0) {
    return {
      cause: `the backend wants the scope ${excerpt(missing.join(" "))}`,
      fix: addScope(refusal),
    };
  }
  return {
    cause: words.scope === undefined
      ? "the backend does not allow this to you"
      : "the token has the scope that the backend names",
    fix: "ask the backend's operator what it takes to be allowed this",
  };
}

/** How to get what is missing: a scope that is set already was not granted. */
function addScope({ missing, settings }: ReadRefusal): string {
  const unset = missing.filter((scope) => !settings.scopes.includes(scope));
  return unset.length > 0
    ? `add ${
      excerpt(unset.join(" "))
    } to OIDC_SCOPES, or ask the provider's administrator to allow it for this client and you`
    : "ask the provider's administrator to grant it, which is asked for by OIDC_SCOPES already";
}

function timeDiagnosis(refusal: ReadRefusal): Diagnosis {
  const { token, headers, now } = refusal;
  if (isPast(refusal)) {
    return {
      cause: "the token has expired already",
      fix: "check the clock of this machine and the token lifetime at the provider",
    };
  }
  if (token.exp === undefined) {
    return { cause: "", fix: "ask the backend's operator for its clock" };
  }
  return {
    cause: `by this machine's clock it is good for ${Math.round(token.exp - now / 1000)} s`,
    fix: Math.abs(clockDifference(headers, now)) >= noticeable
      ? "set the clock that is wrong, the backend's or this machine's"
      : "ask the backend's operator to compare its clock with the provider's",
  };
}

function schemeDiagnosis({ token, words, settings }: ReadRefusal): Diagnosis {
  if (token.scheme === "DPoP" && !words.schemes.includes("dpop")) {
    return {
      cause: "the backend asks for Bearer tokens, this one is bound to a key (DPoP)",
      fix: "leave OIDC_DPOP out",
    };
  }
  if (token.scheme === "Bearer" && !settings.dpop) {
    return {
      cause: "the backend asks for tokens that are bound to a key (DPoP)",
      fix: "set OIDC_DPOP=1, if the provider supports it",
    };
  }
  return {
    cause: "",
    fix: "check the clock of this machine, which a DPoP proof names, or ask the backend's operator",
  };
}

function opaqueDiagnosis(refusal: ReadRefusal): Diagnosis {
  const { settings } = refusal;
  const isAsked = settings.resource !== undefined || settings.audience !== undefined;
  return {
    cause: "a backend that verifies JWTs cannot read it",
    fix: isAsked
      ? "configure the provider to give this client JWTs as access tokens"
      : advisedAudience(refusal),
  };
}

function advisedAudience({ token, settings, advertised, backendUrl, issuer }: ReadRefusal): string {
  return audienceAdvice({
    issuer: token.iss ?? issuer,
    wanted: advertised?.resource ?? (settings.issuer ? undefined : backendUrl.href),
    aud: token.aud,
    resource: settings.resource,
    audience: settings.audience,
    scopes: settings.scopes,
  });
}

/**
 * Whether the token is likely for somebody else: not for what the backend calls itself. Without its
 * word, only for nobody, for the client, for what providers put in when nothing was asked for, or for
 * what is on another origin: an audience need not be the backend's URL, nor a URL at all.
 */
function isForAnother(refusal: ReadRefusal): boolean {
  const { token, advertised, clientId } = refusal;
  if (advertised?.resource !== undefined) return !isFor(token, advertised.resource);
  const nobody = [
    clientId,
    // Keycloak, and Microsoft Graph at Entra ID.
    "account",
    "00000003-0000-0000-c000-000000000000",
  ];
  return token.aud.every((audience) => nobody.includes(audience) || isElsewhere(audience, refusal));
}

function isElsewhere(audience: string, { backendUrl }: ReadRefusal): boolean {
  const url = URL.parse(audience);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin !== backendUrl.origin;
}

function isForBackend({ token, backendUrl }: ReadRefusal): boolean {
  return isFor(token, backendUrl.href) || isFor(token, backendUrl.origin);
}
