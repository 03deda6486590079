import type { PendingAuthorization } from "../../credential.ts";
import type { Log } from "../../log.ts";
import { stateOf } from "./exchange_code.ts";
import type { Terminal } from "./terminal.ts";

/** What {@linkcode readPastedResponse} needs besides the terminal. */
export interface PastedResponseOptions {
  /** The authorization request that the response must be for. */
  pending: PendingAuthorization;
  /** The provider's issuer. */
  issuer: string;
  /** Where the person is asked. */
  log: Log;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Asks the person for the URL that they were sent to, or for its code alone, until they give one
 * that belongs to this sign-in; `undefined` when they give nothing any more.
 */
export async function readPastedResponse(
  terminal: Terminal,
  { pending, issuer, log, signal }: PastedResponseOptions,
): Promise<URLSearchParams | undefined> {
  log.notice(
    "then paste here the whole URL that the browser ends at, even if it shows an error page, " +
      "and press Enter",
  );
  while (!signal.aborted) {
    const line = await terminal.readLine(signal);
    if (line === undefined || signal.aborted) return undefined;
    const text = line.trim();
    if (text === "") continue;
    const parameters = responseIn(text, { pending, issuer });
    if (parameters) return parameters;
    log.notice("that is not the answer to this sign-in: paste the URL of the last page");
  }
}

/** The response in a pasted text: a URL with a query of this sign-in, such a query, or a code alone. */
function responseIn(
  text: string,
  { pending, issuer }: Pick<PastedResponseOptions, "pending" | "issuer">,
): URLSearchParams | undefined {
  // Some browsers leave out what a URL begins with when it is copied.
  if (/^https?:|(^|[?&])(code|error|response)=/i.test(text)) {
    const parameters = new URLSearchParams(text.replace(/^[^?]*\?/, "").replace(/#.*$/, ""));
    return stateOf(parameters) === pending.state ? parameters : undefined;
  }
  // Whoever pastes a code vouches for where it came from; PKCE ties it to this sign-in.
  return /^[\x21-\x7e]+$/.test(text)
    ? new URLSearchParams({ code: text, state: pending.state, iss: issuer })
    : undefined;
}
