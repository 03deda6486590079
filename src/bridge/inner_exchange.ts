import { asProxyError, type ProxyError } from "../base/errors.ts";
import type { OutgoingRequest } from "./authorizer.ts";
import type { Exchange } from "./exchange.ts";
import type { Message } from "./jsonrpc/scan_message.ts";
import { copiedBelow } from "./stdio/line_writer.ts";

/** What {@linkcode InnerExchange} needs besides the request. */
export interface InnerExchangeOptions {
  /** The exchange that it is sent for. */
  outer: Exchange;
  /** Called at once with the backend's answer. */
  onAnswer?(response: Message): void;
}

/**
 * A request that is sent for another one, and whose answer is seen before anybody gets it. Who asked
 * for it and when it went out is that of the outer one; what ends the outer one does not end it.
 */
export class InnerExchange implements Exchange {
  readonly request: Message;
  /** The exchange that it is sent for; another one may take its place. */
  outer: Exchange;
  readonly #controller = new AbortController();
  readonly #onAnswer: ((response: Message) => void) | undefined;
  readonly #seeing: ((response: Message) => Message)[] = [];
  #withheld: Message | undefined;
  #response: Message | undefined;
  #failure: ProxyError | undefined;
  withholdErrors = false;
  isCancelled = false;
  hasResponse = false;
  onAnswered: ((response: Message) => void) | undefined = undefined;
  /** The client is answered by the outer one. */
  readonly isAnsweredMeanwhile = false;

  /** A request of the bridge, sent for that of somebody else. */
  constructor(request: Message, options: InnerExchangeOptions) {
    this.request = request;
    this.outer = options.outer;
    this.#onAnswer = options.onAnswer;
  }

  /** The backend's answer, once it is there. */
  get response(): Message | undefined {
    return this.#response;
  }

  /** What it failed with in place of that, if it did. */
  get failure(): ProxyError | undefined {
    return this.#failure;
  }

  get purpose(): OutgoingRequest["purpose"] {
    return this.outer.purpose;
  }

  set purpose(value: OutgoingRequest["purpose"]) {
    this.outer.purpose = value;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isAnswered(): boolean {
    return this.#response !== undefined || this.#failure !== undefined ||
      this.#withheld !== undefined;
  }

  get sentAt(): number {
    return this.outer.sentAt;
  }

  set sentAt(value: number) {
    this.outer.sentAt = value;
  }

  get lastFailure(): ProxyError | undefined {
    return this.outer.lastFailure;
  }

  set lastFailure(value: ProxyError | undefined) {
    this.outer.lastFailure = value;
  }

  takeWithheld(): Message | undefined {
    const withheld = this.#withheld;
    this.#withheld = undefined;
    this.withholdErrors = false;
    return withheld;
  }

  beforeAnswer(see: (response: Message) => Message): void {
    this.#seeing.push(see);
  }

  answer(response: Message): boolean {
    if (this.isAnswered) return false;
    if (this.withholdErrors && response.isError) {
      this.#withheld = kept(response);
      return true;
    }
    this.#response = this.#seen(kept(response));
    this.#onAnswer?.(this.#response);
    this.onAnswered?.(response);
    return true;
  }

  answerMeanwhile(response: Message): void {
    this.outer.answerMeanwhile(response);
  }

  fail(error: unknown): void {
    if (this.#response || this.#failure) return;
    const withheld = this.takeWithheld();
    if (withheld) return void this.answer(withheld);
    this.#failure = asProxyError(error);
  }

  abort(error: ProxyError): void {
    this.fail(error);
    this.#controller.abort(error);
  }

  /** Does something for it; what ends the outer one meanwhile ends this one, too. */
  async whileOuterLasts<T>(run: () => Promise<T>): Promise<T> {
    const { signal } = this.outer;
    const abort = () => this.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    try {
      return await run();
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Whoever looks at an answer and fails must not keep it from the client. */
  #seen(response: Message): Message {
    try {
      return this.#seeing.reduce((given, see) => see(given), response);
    } catch {
      return response;
    }
  }
}

/** The reader of a stream may overwrite the bytes of a short message as soon as it is passed on. */
function kept(response: Message): Message {
  return response.bytes.length < copiedBelow
    ? { ...response, bytes: response.bytes.slice() }
    : response;
}
