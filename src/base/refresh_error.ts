import { ProxyError } from "./errors.ts";

/**
 * What a refresh that brought no new credential means for the refresh token that was sent:
 *
 * - `unused`: the answer proves that it is as good as before;
 * - `uncertain`: request or answer was lost on the way, it may be sent again after a pause;
 * - `replaced`: the provider gave a new one, which takes its place at once and for good;
 * - `unreadable`: the provider said yes in a way that nobody can read, so that it is spent unless
 *   this provider is known to give the same one again;
 * - `refused`: the provider does not take it any more;
 * - `unclear`: something said no without an error of OAuth: a sign-in is due, but until that has
 *   succeeded the token is worth keeping.
 */
export type RefreshTokenFate =
  | "unused"
  | "uncertain"
  | "replaced"
  | "unreadable"
  | "refused"
  | "unclear";

/** A refresh that brought no new credential, with what that means for its refresh token. */
export class RefreshError extends ProxyError {
  /** What has become of the refresh token that was sent. */
  readonly fate: RefreshTokenFate;
  // Private, so that nothing that prints an error prints a secret.
  readonly #replacement: string | undefined;

  /** Says of an error what it means for the refresh token. */
  constructor(
    error: ProxyError,
    { fate, replacement }: { fate: RefreshTokenFate; replacement?: string },
  ) {
    super({
      category: error.category,
      what: error.what,
      fix: error.fix,
      reason: error.reason,
      transient: fate === "uncertain" || error.transient,
      retryAfter: error.retryAfter,
      httpStatus: error.httpStatus,
      cause: error.cause,
    });
    this.fate = fate;
    this.#replacement = replacement;
  }

  /** The refresh token that the provider gave instead; set when the fate is `replaced`. */
  get replacement(): string | undefined {
    return this.#replacement;
  }
}
