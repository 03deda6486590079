/** An answer's status and body. */
export interface LenientAnswer {
  /** The HTTP status. */
  status: number;
  /** The body. */
  body: Uint8Array;
}

/**
 * An answer of an OAuth endpoint as RFC 6749 section 5 wants it, when what is meant is plain: an
 * error that was sent with status 200, as GitHub does, gets 400; members that are `null` are left
 * out. Of an answer with an access token, an empty refresh token is none, scopes in an array are
 * joined, and a type that is not named is Bearer: whoever asked for a bound token finds that it is not.
 */
export function lenientAnswer({ status, body }: LenientAnswer): LenientAnswer {
  if (status !== 200 && status !== 201) return { status, body };
  const said = jsonObject(body);
  if (!said) return { status, body };
  const failed = typeof said.error === "string" && said.error !== "" &&
    typeof said.access_token !== "string";
  const kept = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  const isToken = typeof kept.access_token === "string";
  const isChanged = isToken && completeTokens(kept);
  if (!failed && !isChanged && !Object.values(said).includes(null)) return { status, body };
  return {
    status: failed ? 400 : status,
    body: new TextEncoder().encode(JSON.stringify(kept)),
  };
}

/** Writes what a token answer means as the protocol wants it; says whether anything was otherwise. */
function completeTokens(tokens: Record<string, unknown>): boolean {
  const before = { ...tokens };
  const { scope } = tokens;
  if (tokens.refresh_token === "") delete tokens.refresh_token;
  tokens.token_type ??= "Bearer";
  if (Array.isArray(scope) && scope.every((one) => typeof one === "string")) {
    tokens.scope = scope.join(" ");
  }
  return ["refresh_token", "token_type", "scope"].some((name) => before[name] !== tokens[name]);
}

function jsonObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(body));
    // A text, a number and null have no members that could be put right.
    return Array.isArray(value) ? undefined : Object(value);
  } catch {
    return undefined;
  }
}
