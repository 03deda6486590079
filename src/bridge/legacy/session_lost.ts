import type { Session } from "./session.ts";

/**
 * Whether an answer says that the session is gone: 404 always does (when a session id was sent), and
 * 400 when its body says so, which some servers use instead.
 */
export function isSessionLost(status: number, body: Uint8Array, session: Session): boolean {
  if (session.id === undefined) return false;
  if (status === 404) return true;
  if (status !== 400) return false;
  const text = new TextDecoder().decode(body.subarray(0, 4096));
  return /session/i.test(text) &&
    /not found|no valid|invalid|unknown|expired|terminated|does(?: not|n't) exist|missing|required|closed|not initialized/i
      .test(text);
}
