/** An answer's status and body. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The body. */
  body: Uint8Array;
}

/**
 * An answer of an OAuth endpoint as RFC 6749 section 5 wants it, when it comes close: an error that
 * was sent with status 200, as GitHub does, gets 400, and members that are `null` are left out.
 */
export function lenientAnswer({ status, body }: Answer): Answer {
  if (status !== 200 && status !== 201) return { status, body };
  const said = jsonObject(body);
  if (!said) return { status, body };
  const failed = typeof said.error === "string" && said.error !== "" &&
    typeof said.access_token !== "string";
  if (!failed && !Object.values(said).includes(null)) return { status, body };
  const kept = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  return {
    status: failed ? 400 : status,
    body: new TextEncoder().encode(JSON.stringify(kept)),
  };
}

function jsonObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
