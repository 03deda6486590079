import { redact } from "../../base/redactor.ts";
import type { StepUpRequest } from "../step_up_request.ts";
import { tokenChallenge } from "./challenges.ts";

/** A refusal that may want another sign-in. */
export interface StepUpRefusal {
  /** The status of the answer. */
  status: number;
  /** The header fields of the answer. */
  headers: Headers;
  /** The scopes that the token has. */
  held: readonly string[];
  /** The scopes that the backend's metadata names (RFC 9728), asked when the challenge names none. */
  advertisedScopes(): Promise<readonly string[] | undefined>;
}

/** More scopes than this, or longer ones together, are not what a tool needs; in characters. */
const maxScopes = 50;
const maxLength = 1_000;

/**
 * What a backend wants beyond what the token has: scopes that it lacks (RFC 6750 section 3.1, RFC 9728)
 * or another authentication of the person (RFC 9470 section 3); `undefined` when a sign-in would
 * change nothing. Some backends name scopes without `error`, or in a 401.
 */
export async function requestedStepUp(
  { status, headers, held, advertisedScopes }: StepUpRefusal,
): Promise<StepUpRequest | undefined> {
  const challenge = tokenChallenge(headers)?.parameters;
  if (challenge === undefined) return undefined;
  if (challenge.error === "insufficient_user_authentication") return authentication(challenge);
  const isInsufficient = challenge.error === "insufficient_scope";
  if (status === 403 && !isInsufficient && challenge.error !== undefined) return undefined;
  const named = words(challenge.scope);
  const wanted = named.length > 0
    ? named
    : isInsufficient
    ? (await advertisedScopes() ?? []).flatMap(words)
    : [];
  const missing = [...new Set(wanted)].filter((scope) => !held.includes(scope));
  if (missing.length === 0 || missing.length > maxScopes) return undefined;
  return missing.join(" ").length <= maxLength ? { scopes: missing } : undefined;
}

/** RFC 9470 section 3: `acr_values`, `max_age` or both; without either there is nothing to ask for. */
function authentication(
  { acr_values, max_age }: Readonly<Record<string, string>>,
): StepUpRequest | undefined {
  const acrValues = (acr_values ?? "").split(" ").filter((value) =>
    /^[\x21-\x7e]+$/.test(value) && redact(value) === value
  )
    .join(" ");
  const maxAge = /^\d{1,9}$/.test(max_age ?? "") ? Number(max_age) : undefined;
  if (acrValues.length > maxLength || acrValues === "" && maxAge === undefined) return undefined;
  return {
    scopes: [],
    ...(acrValues !== "" && { acrValues }),
    ...(maxAge !== undefined && { maxAge }),
  };
}

/**
 * The scopes of a list that keep to RFC 6749 section 3.3. They go into the browser's URL, so that one
 * that repeats a secret of ours is none.
 */
function words(scope: string | undefined): string[] {
  return (scope ?? "").split(" ").filter((name) =>
    /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name) && redact(name) === name
  );
}
