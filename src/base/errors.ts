import { packageFailure } from "./package_failure.ts";
import { redact } from "./redactor.ts";

/** The six ways in which the program ends or answers in error; the first word of the line people read. */
export type ErrorCategory =
  | "Configuration error"
  | "Network error"
  | "System error"
  | "Backend error"
  | "Authentication error"
  | "Internal error";

/** Any first word of an error line: the categories, and those of errors that the input itself is. */
export type ErrorLabel = ErrorCategory | "Usage error" | "Parse error" | "Invalid Request";

/** What an error line says. */
export interface ErrorParts {
  /** Which kind of trouble this is. */
  category: ErrorLabel;
  /** What happened and with which value. */
  what: string;
  /** What to do. */
  fix: string;
}

/** Neither half of an error line is longer than this, in UTF-16 code units. */
const maxHalfLength = 2_000;

/**
 * The one form of every error that is printed or answered: `Category: what happened. Fix: what to do.`
 * One line, of bounded length; a half that brings its own punctuation gets no second one.
 *
 * @example
 * ```ts
 * errorText({ category: "Network error", what: "no answer", fix: "check OIDC_ISSUER_URL" });
 * // "Network error: no answer. Fix: check OIDC_ISSUER_URL."
 * ```
 */
export function errorText({ category, what, fix }: ErrorParts): string {
  return `${category}: ${adviceText({ what, fix })}`;
}

/** The same without a category, for warnings: `what happened. Fix: what to do.` */
export function adviceText({ what, fix }: Pick<ErrorParts, "what" | "fix">): string {
  return `${sentence(what)} Fix: ${sentence(fix)}`;
}

/** A text as one sentence with its full stop: one line, of bounded length, without our secrets. */
export function sentence(text: string): string {
  const line = oneLine(redact(text));
  return `${bounded(line).replace(/[\s.,:;]+$/, "")}.`;
}

function bounded(line: string): string {
  return line.length > maxHalfLength ? `${line.slice(0, maxHalfLength)}…` : line;
}

/** What a {@linkcode ProxyError} is made of. */
export interface ProxyErrorDetails {
  /** Which kind of trouble this is. */
  category: ErrorCategory;
  /** What happened and with which value, without a full stop: `no answer from https://auth.example`. */
  what: string;
  /** What to do, an imperative without a full stop: `check OIDC_ISSUER_URL`. */
  fix: string;
  /**
   * A stable lower-case word for programs: `invalid_grant`, `backend_unreachable`, …
   * It becomes `data.reason` of JSON-RPC errors.
   */
  reason: string;
  /** True when the same attempt may succeed a little later (network down, 5xx, 429). */
  transient?: boolean;
  /**
   * Whether the other side has refused for good what it was sent without a person's doing: nobody
   * sends it again at once.
   */
  final?: boolean;
  /** How long the other side asked us to wait before the next attempt, in milliseconds. */
  retryAfter?: number;
  /** The HTTP status behind this error, when there was one. */
  httpStatus?: number;
  /** The error that led to this one; never shown except with `--debug`. */
  cause?: unknown;
}

/** A reason is a word, in UTF-16 code units; some are what a provider made of one. */
const maxReasonLength = 80;

/**
 * An error that a person can act on. Its message is what {@linkcode errorText} makes of it.
 *
 * Every error that leaves a module is one of these; anything else that surfaces is a defect and is
 * shown as `Internal error`. Never put a token, secret, code, verifier or state into one; those that
 * others repeat to us are taken out of its texts, which are of bounded length.
 *
 * @example
 * ```ts
 * throw new ProxyError({
 *   category: "Configuration error",
 *   what: "the issuer URL is missing",
 *   fix: "set OIDC_ISSUER_URL or pass --oidc-issuer-url",
 *   reason: "missing_setting",
 * });
 * ```
 */
export class ProxyError extends Error {
  /** Tells this kind of error from others. */
  override readonly name = "ProxyError";
  /** Which kind of trouble this is. */
  readonly category: ErrorCategory;
  /** What happened. */
  readonly what: string;
  /** What to do. */
  readonly fix: string;
  /** A stable word for programs. */
  readonly reason: string;
  /** Whether the same attempt may succeed a little later. */
  readonly transient: boolean;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** Whether the other side has refused it for good without a person's doing. */
  readonly final: boolean;
  /** The HTTP status behind it. */
  readonly httpStatus: number | undefined;

  /** Makes the one line out of the details. */
  constructor(details: ProxyErrorDetails) {
    const what = bounded(oneLine(redact(details.what)));
    const fix = bounded(oneLine(redact(details.fix)));
    super(errorText({ category: details.category, what, fix }), { cause: details.cause });
    this.category = details.category;
    this.what = what;
    this.fix = fix;
    this.reason = redact(details.reason).slice(0, maxReasonLength);
    this.transient = details.transient ?? false;
    this.final = details.final ?? false;
    this.retryAfter = details.retryAfter;
    this.httpStatus = details.httpStatus;
    recent.push({ what, reason: this.reason });
    if (recent.length > maxRecent) recent.shift();
  }
}

/** The last errors that were made, the latest at the end; who logs one mentions what happened. */
const recent: { what: string; reason: string }[] = [];
const maxRecent = 32;

/**
 * The reason of the error that a log message tells of: the latest one whose first half is in it.
 *
 * @example
 * ```ts
 * const error = new ProxyError({
 *   category: "Network error",
 *   what: "no answer from https://auth.example",
 *   fix: "check OIDC_ISSUER_URL",
 *   reason: "provider_unreachable",
 * });
 * reasonIn(`renewal failed: ${error.what}`); // "provider_unreachable"
 * ```
 */
export function reasonIn(message: string): string | undefined {
  return recent.findLast(({ what }) => message.includes(what))?.reason;
}

/**
 * The error as a {@linkcode ProxyError}: itself when it is one, else an `Internal error` around it.
 * An abort that somebody asked for keeps the reason that was given to the `AbortController`.
 */
export function asProxyError(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  const unfetched = error instanceof Error ? packageFailure(error) : undefined;
  if (unfetched) return new ProxyError({ ...unfetched, cause: error });
  return new ProxyError({
    category: "Internal error",
    what: describe(error),
    fix: "run again with --debug and report what it prints",
    reason: "internal",
    cause: error,
  });
}

/**
 * The most telling one-line text of anything that was thrown, with its cause; of a
 * {@linkcode ProxyError} only what happened, so that a text around it says once what to do.
 */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return typeof error === "string" ? oneLine(error) : `an unexpected ${typeof error} was thrown`;
  }
  const own = wordsOf(error) || error.name;
  const cause = error.cause instanceof Error ? wordsOf(error.cause) : "";
  return cause && !own.includes(cause) ? `${own} (${cause})` : own;
}

function wordsOf(error: Error): string {
  return error instanceof ProxyError ? error.what : oneLine(error.message);
}

/**
 * Text from outside, made safe for a single line of a log or a terminal: control characters become
 * spaces, and marks that turn the direction of what stands around them go.
 */
export function oneLine(text: string): string {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, "")
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
