import type { PendingAuthorization } from "../../base/credential.ts";
import type { Log } from "../../base/log.ts";
import { stateOf } from "./exchange_code.ts";
import type { ControllingTerminal } from "./controlling_terminal.ts";

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

/** What the person pasted. */
export interface PastedResponse {
  /** The authorization response. */
  parameters: URLSearchParams;
  /** Whether it was a code alone, of which nobody can tell whether it is one of this sign-in. */
  isCode: boolean;
}

/** Shorter ones could be guessed (RFC 6749 section 10.10), and a word somebody typed is none. */
const shortestCode = 16;

/**
 * Asks the person for the URL that they were sent to, or for its code alone, until they give one
 * that belongs to this sign-in; `undefined` when they give nothing any more.
 */
export async function readPastedResponse(
  terminal: ControllingTerminal,
  { pending, issuer, log, signal }: PastedResponseOptions,
): Promise<PastedResponse | undefined> {
  log.notice(
    "then paste here the whole URL that the browser ends at, even if it shows an error page, " +
      "and press Enter",
  );
  while (!signal.aborted) {
    const line = await terminal.readLine(signal);
    if (line === undefined || signal.aborted) return undefined;
    const text = line.trim();
    if (text === "") continue;
    const response = responseIn(text, { pending, issuer });
    if (response) return response;
    log.notice("that is not the answer to this sign-in: paste the URL of the last page");
  }
}

/** The response in a pasted text: a URL with a query of this sign-in, such a query, or a code alone. */
function responseIn(
  text: string,
  { pending, issuer }: Pick<PastedResponseOptions, "pending" | "issuer">,
): PastedResponse | undefined {
  // Some browsers leave out what a URL begins with when it is copied.
  if (/^https?:|(^|[?&])(code|error|response)=/i.test(text)) {
    const parameters = new URLSearchParams(text.replace(/[^?]*\?/, "").replace(/#.*/, ""));
    return stateOf(parameters) === pending.state ? { parameters, isCode: false } : undefined;
  }
  if (!/^[\x21-\x7e]+$/.test(text) || text.length < shortestCode) return undefined;
  // Whoever pastes a code vouches for where it came from; PKCE ties it to this sign-in.
  const parameters = new URLSearchParams({ code: text, state: pending.state, iss: issuer });
  return { parameters, isCode: true };
}
