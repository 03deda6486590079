import { asProxyError, ProxyError } from "../base/errors.ts";
import { errorAnswer } from "./jsonrpc/error_answer.ts";
import type { OutgoingRequest } from "./authorizer.ts";
import { lineOf } from "./jsonrpc/line_of.ts";
import type { Message } from "./jsonrpc/scan_message.ts";

/** One request, of the client or of the bridge itself, and its one answer. */
export interface Exchange {
  /** The request. */
  readonly request: Message;
  /** Who asked for it; may be changed while it waits to go out. */
  purpose: OutgoingRequest["purpose"];
  /** Aborted when nobody waits for the answer any more; the reason is a `ProxyError`. */
  readonly signal: AbortSignal;
  /** Whether the answer was given. */
  readonly isAnswered: boolean;
  /** The backend was told that the client does not want the answer any more. */
  isCancelled: boolean;
  /**
   * When the request went out, in milliseconds of `performance.now()`; 0 before that, and while it
   * waits to go out once more.
   */
  sentAt: number;
  /** Why the last attempt failed, when another one is to follow. */
  lastFailure: ProxyError | undefined;
  /** Whether the backend has begun to answer. */
  hasResponse: boolean;
  /** Keeps an error of the backend back, so that it can be looked into before the client gets it. */
  withholdErrors: boolean;
  /** The error that was kept back; whoever takes it decides what the answer is. */
  takeWithheld(): Message | undefined;
  /** Has the backend's answer seen, before the client gets it, by a function that may replace it. */
  beforeAnswer(see: (response: Message) => Message): void;
  /** Called with the backend's answer, as it came, once the client has got it. */
  onAnswered: ((response: Message) => void) | undefined;
  /** Gives the backend's answer, under the request's own id; later answers are dropped. */
  answer(response: Message): boolean;
  /**
   * Gives the client this answer in place of the backend's, which is still waited for: whatever it
   * turns out to be, the client does not get it any more.
   */
  answerMeanwhile(response: Message): void;
  /** Whether {@linkcode answerMeanwhile} has answered the client. */
  readonly isAnsweredMeanwhile: boolean;
  /** Answers with an error of ours, unless the request is answered. */
  fail(error: unknown): void;
  /** Answers with this error, and ends what is still being done for the request. */
  abort(error: ProxyError): void;
}

/** An exchange of the client; `deliver` gets its one answer as a line. */
export function createExchange(
  request: Message,
  deliver: (line: Uint8Array) => void,
): Exchange {
  return new OpenExchange(request, deliver, "client");
}

/** An exchange of the bridge itself, whose answer the client does not see. */
export function createOwnExchange(
  request: Message,
  purpose: OutgoingRequest["purpose"],
): Exchange {
  return new OpenExchange(request, () => {}, purpose);
}

/** A class, since every call makes one: an object of closures takes ten times as long to make. */
class OpenExchange implements Exchange {
  readonly request: Message;
  purpose: OutgoingRequest["purpose"];
  readonly #deliver: (line: Uint8Array) => void;
  readonly #controller = new AbortController();
  #seeing: ((response: Message) => Message)[] | undefined;
  #isAnswered = false;
  isAnsweredMeanwhile = false;
  onAnswered: ((response: Message) => void) | undefined = undefined;
  #withheld: Message | undefined;
  withholdErrors = false;
  sentAt = 0;
  lastFailure: ProxyError | undefined = undefined;
  hasResponse = false;
  isCancelled = false;

  constructor(
    request: Message,
    deliver: (line: Uint8Array) => void,
    purpose: OutgoingRequest["purpose"],
  ) {
    this.request = request;
    this.#deliver = deliver;
    this.purpose = purpose;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isAnswered(): boolean {
    return this.#isAnswered || this.#withheld !== undefined;
  }

  takeWithheld(): Message | undefined {
    const withheld = this.#withheld;
    this.#withheld = undefined;
    this.withholdErrors = false;
    return withheld;
  }

  beforeAnswer(see: (response: Message) => Message): void {
    (this.#seeing ??= []).push(see);
  }

  answer(response: Message): boolean {
    if (this.isAnswered) return false;
    if (this.withholdErrors && response.isError) {
      this.#withheld = response;
      return true;
    }
    this.#isAnswered = true;
    const seen = this.#seen(response);
    if (!this.isAnsweredMeanwhile) this.#deliver(lineOf(seen, this.request.id));
    this.onAnswered?.(response);
    return true;
  }

  answerMeanwhile(response: Message): void {
    if (this.isAnswered || this.isAnsweredMeanwhile) return;
    this.isAnsweredMeanwhile = true;
    this.#deliver(lineOf(response, this.request.id));
  }

  fail(error: unknown): void {
    if (this.#isAnswered) return;
    const withheld = this.takeWithheld();
    // What the backend said is the better answer.
    if (withheld) return void this.answer(withheld);
    this.#isAnswered = true;
    if (this.isAnsweredMeanwhile) return;
    this.#deliver(errorAnswer(this.request.id, asProxyError(error)));
  }

  abort(error: ProxyError): void {
    this.fail(error);
    this.#controller.abort(error);
  }

  /** Whoever looks at an answer and fails must not keep it from the client. */
  #seen(response: Message): Message {
    if (!this.#seeing) return response;
    try {
      return this.#seeing.reduce((given, see) => see(given), response);
    } catch {
      return response;
    }
  }
}

/** What a request is answered with that the client has cancelled. */
export function requestCancelled(): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: "the request was cancelled before the backend answered it",
    fix: "send it again if it is still wanted",
    reason: "cancelled",
  });
}
