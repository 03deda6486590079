import { excerpt } from "../../base/excerpt.ts";
import { parseChallenges, tokenChallenge } from "./challenges.ts";

/** What a backend said when it refused a token: its own words, on one line and bounded. */
export interface RefusalWords {
  /** The error code of its challenge (RFC 6750 section 3.1). */
  error?: string;
  /** The reason in words: the challenge's description, and the body's when that says something else. */
  reasons: readonly string[];
  /** The scopes that its challenge names. */
  scope?: string;
  /** The authentication contexts that its challenge names (RFC 9470). */
  acrValues?: string;
  /** The schemes of its challenges that a token can be shown by, in lower case. */
  schemes: readonly string[];
}

/** Reads the challenge and the body of a refusal. */
export function refusalWords(headers: Headers, body?: Uint8Array): RefusalWords {
  const challenge = tokenChallenge(headers)?.parameters ?? {};
  const description = excerpt(challenge.error_description ?? "");
  const text = bodyText(headers.get("content-type") ?? "", body);
  // An empty text is a part of every description.
  const isNew = text !== challenge.error && !description.includes(text);
  return {
    ...(challenge.error && { error: excerpt(challenge.error) }),
    reasons: [description, ...(isNew ? [text] : [])].filter((reason) => reason !== ""),
    ...(challenge.scope && { scope: excerpt(challenge.scope) }),
    ...(challenge.acr_values && { acrValues: excerpt(challenge.acr_values) }),
    schemes: parseChallenges(headers.get("www-authenticate")).map(({ scheme }) => scheme)
      .filter((scheme) => scheme === "bearer" || scheme === "dpop"),
  };
}

/** Names from outside, in a list that is bounded. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => excerpt(name));
  return (names.length > 10 ? [...shown, "…"] : shown).join(" and ") || "nothing";
}

/** More of a body is not looked at, in bytes. */
const maxBody = 16_384;

/** The plain text, or the usual members of a JSON error; nothing of a page. */
function bodyText(contentType: string, body: Uint8Array | undefined): string {
  if (!body) return "";
  const text = new TextDecoder().decode(body.subarray(0, maxBody));
  if (/^text\/plain/i.test(contentType)) return excerpt(text);
  if (!/json/i.test(contentType)) return "";
  try {
    const { error, error_description, message, detail, title } = JSON.parse(text);
    const said = error_description ?? detail ?? message ?? error?.message ?? error ?? title;
    return typeof said === "string" ? excerpt(said) : "";
  } catch {
    return "";
  }
}
