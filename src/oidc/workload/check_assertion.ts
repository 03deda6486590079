import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import type { Assertion } from "../client_options.ts";

/** How many seconds after its end a JWT is still presented: the provider's clock decides. */
const tolerance = 5;

/** What {@linkcode checkAssertion} needs to know. */
export interface AssertionCheck {
  /** The audiences of which it must have one; any will do when absent. */
  audiences?: readonly string[];
  /** Who would be shown it. */
  issuer: string;
  /** The present by the provider's clock, in milliseconds since the epoch. */
  now: number;
}

/** What a JWT says of itself; nobody here can tell whether it is true. */
export type AssertionClaims = Readonly<Record<string, unknown>>;

/**
 * Looks at a JWT before it is shown to anybody: that it is one, so that a wrong file stays here; that
 * it has not ended, which the provider would say in worse words; and that it is for whoever would be
 * shown it, when nobody but the backend has named them (RFC 7523 section 3).
 *
 * @throws {ProxyError} `assertion_unreadable`, `assertion_expired` or `assertion_audience`
 */
export function checkAssertion(
  { token, origin }: Assertion,
  { audiences, issuer, now }: AssertionCheck,
): AssertionClaims {
  const claims = claimsOf(token);
  if (!claims) {
    throw new ProxyError({
      category: "Configuration error",
      what: `what is in ${origin} is no JWT`,
      fix: "set OIDC_ASSERTION_FILE or OIDC_ASSERTION_ENV to where the JWT of this workload is",
      reason: "assertion_unreadable",
    });
  }
  const { exp } = claims;
  if (typeof exp === "number" && exp + tolerance < now / 1000) {
    throw new ProxyError({
      category: "Authentication error",
      what: `the JWT in ${origin} ended at ${timeOf(exp)}, so that it is not presented`,
      fix: "see why the platform has not replaced it, and check the clock of this machine",
      reason: "assertion_expired",
    });
  }
  const named = audiencesOf(claims);
  if (audiences && !named.some((name) => audiences.some((own) => isSame(name, own)))) {
    throw new ProxyError({
      category: "Configuration error",
      what: `the JWT in ${origin} is for ${
        excerpt(named.join(", ")) || "nobody in particular"
      }, and the backend alone names ${issuer}, which is not shown it`,
      fix: `let the platform address it to ${issuer}, or set OIDC_ISSUER_URL to ${issuer} if you ` +
        "trust it all the same",
      reason: "assertion_audience",
    });
  }
  return claims;
}

/** What it says of itself, for people: who gave it to whom, for whom, until when. */
export function describeAssertion(claims: AssertionClaims): string {
  const text = (value: unknown) => excerpt(JSON.stringify(value) ?? "none");
  const { iss, sub, aud, exp } = claims;
  const end = typeof exp === "number" ? timeOf(exp) : "none";
  return `iss ${text(iss)}, sub ${text(sub)}, aud ${text(aud)}, exp ${end}`;
}

function claimsOf(token: string): AssertionClaims | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  const [header, claims] = token.split(".").map(objectIn);
  return header && claims;
}

function objectIn(part: string): Record<string, unknown> | undefined {
  try {
    const text = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function audiencesOf({ aud }: AssertionClaims): string[] {
  return (Array.isArray(aud) ? aud : [aud]).filter((name) => typeof name === "string");
}

/** Some write an issuer with a slash at its end and some without. */
function isSame(one: string, other: string): boolean {
  return one.replace(/\/$/, "") === other.replace(/\/$/, "");
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}
