/** One challenge of a `WWW-Authenticate` header field (RFC 9110 section 11.6.1). */
export interface Challenge {
  /** The authentication scheme, in lower case: `bearer`, `dpop`. */
  scheme: string;
  /** Its parameters, with names in lower case. */
  parameters: Readonly<Record<string, string>>;
}

/**
 * The challenges of a `WWW-Authenticate` header field; what cannot be read is left out.
 *
 * @example
 * ```ts
 * parseChallenges('Bearer error="invalid_token", scope="a b"');
 * // [{ scheme: "bearer", parameters: { error: "invalid_token", scope: "a b" } }]
 * ```
 */
export function parseChallenges(field: string | null): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const item =
    /[\s,]*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([\w!#$%&'*+.^`|~-]+))/y;
  const text = field ?? "";
  while (item.lastIndex < text.length) {
    const match = item.exec(text);
    if (!match) break;
    const [, name, quoted, plain, scheme] = match;
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    else if (challenges.length > 0) {
      const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
      challenges[challenges.length - 1].parameters[name.toLowerCase()] = value;
    }
  }
  return challenges;
}

/** The challenge that says most about a token: one with an `error`, else of the token's scheme. */
export function tokenChallenge(headers: Headers): Challenge | undefined {
  const challenges = parseChallenges(headers.get("www-authenticate"));
  return challenges.find(({ parameters }) => parameters.error !== undefined) ??
    challenges.find(({ scheme }) => scheme === "bearer" || scheme === "dpop");
}
