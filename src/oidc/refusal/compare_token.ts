import { excerpt } from "../../base/excerpt.ts";
import { listed } from "./refusal_words.ts";
import { clockDifference, isFor, noticeable, trusts } from "./token_checks.ts";
import type { TokenFacts } from "./token_facts.ts";
import type { ReadRefusal } from "./token_refusal.ts";

/** The token, as far as it can be looked into. */
export function describeToken(
  { isJwt, iss, aud, scopes, exp, acr, scheme }: TokenFacts,
  now: number,
): string {
  const scope = excerpt(scopes.join(" "));
  const shown = scheme === "DPoP" ? ", is sent with the scheme DPoP" : "";
  if (!isJwt) {
    return `is no JWT that can be looked into${scope && ` (scope ${scope})`}${shown}`;
  }
  const parts = [
    `iss ${excerpt(iss ?? "nothing")}`,
    `aud ${listed(aud)}`,
    `scope ${scope || "nothing"}`,
    exp === undefined ? "no exp" : `exp ${instant(exp)}${exp * 1000 <= now ? " (past)" : ""}`,
    ...(acr === undefined ? [] : [`acr ${excerpt(acr)}`]),
  ];
  return `says ${parts.join(", ")}${shown}`;
}

/** What is known of what the backend wants, as far as it differs from what the token says. */
export function compareToken({ advertised, token, accepted, headers, now }: ReadRefusal): string[] {
  const told: string[] = [];
  const wants = [
    advertised && advertised.issuers.length > 0 && !trusts(advertised.issuers, token.iss) &&
    `the issuer ${listed(advertised.issuers)}`,
    advertised?.resource !== undefined && !isFor(token, advertised.resource) &&
    `itself as ${excerpt(advertised.resource)}`,
  ].filter((part) => typeof part === "string");
  if (wants.length > 0) told.push(`the backend advertises ${wants.join(" and ")}`);
  if (accepted) {
    const others = [
      accepted.iss !== token.iss && `iss ${excerpt(accepted.iss ?? "nothing")}`,
      listed(accepted.aud) !== listed(token.aud) && `aud ${listed(accepted.aud)}`,
      accepted.scopes.join(" ") !== token.scopes.join(" ") &&
      `scope ${excerpt(accepted.scopes.join(" ")) || "nothing"}`,
      accepted.scheme !== token.scheme && `the scheme ${accepted.scheme}`,
      accepted.isJwt !== token.isJwt && (accepted.isJwt ? "the form of a JWT" : "no form of a JWT"),
    ].filter((part) => part !== false);
    told.push(
      others.length > 0
        ? `it took one with ${others.join(", ")} before`
        : "it took one that says the same before",
    );
  }
  const difference = clockDifference(headers, now);
  if (Math.abs(difference) >= noticeable) {
    const seconds = Math.round(Math.abs(difference) / 1000);
    told.push(`the backend's clock is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} ours`);
  }
  return told;
}

function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}
