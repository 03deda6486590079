import { asProxyError, ProxyError } from "../errors.ts";
import { errorAnswer } from "./message/error_answer.ts";
import { hasSameText, idKey } from "./message/id_key.ts";
import { lineOf } from "./message/line_of.ts";
import type { Message } from "./message/scan_message.ts";

/** One request of the client and its one answer. */
export interface Exchange {
  /** The request. */
  readonly request: Message;
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
  /** Whether the backend has begun to answer. */
  hasResponse: boolean;
  /** Keeps an error of the backend back, so that it can be looked into before the client gets it. */
  withholdErrors: boolean;
  /** The error that was kept back; whoever takes it decides what the answer is. */
  takeWithheld(): Message | undefined;
  /** Has the backend's answer seen, before the client gets it, by a function that may replace it. */
  beforeAnswer(see: (response: Message) => Message): void;
  /** Gives the backend's answer, under the request's own id; later answers are dropped. */
  answer(response: Message): boolean;
  /** Answers with an error of ours, unless the request is answered. */
  fail(error: unknown): void;
  /** Answers with this error, and ends what is still being done for the request. */
  abort(error: ProxyError): void;
}

/** The requests of the client that are not answered yet. */
export interface PendingRequests {
  /** Takes a request; it stays pending until it is answered. */
  open(request: Message): Exchange;
  /** The pending request with this id, as it was written anywhere. */
  find(id: string): Exchange | undefined;
  /**
   * The one pending request whose id has the same text, be it a number there and a string here;
   * `undefined` when there is none, or more than one.
   */
  findSimilar(id: string): Exchange | undefined;
  /** How many are pending. */
  readonly size: number;
  /** Resolves when none is pending but those that wait for what may never come. */
  idle(): Promise<void>;
  /** Nothing is being done for this request any more, not even behind its answer. */
  done(exchange: Exchange): void;
  /** Aborts all that is pending, and what is still being done behind an answer. */
  abort(error: ProxyError): void;
}

/** Keeps account of the client's requests; `write` gives each answer, one line, to the client. */
export function createPendingRequests(write: (line: Uint8Array) => void): PendingRequests {
  const pending = new Map<string, Exchange>();
  // The client may, against the rules, use an id again before it was answered: both are answered.
  const unanswered = new Set<Exchange>();
  const working = new Set<Exchange>();
  let waiting: (() => void)[] = [];
  /** How many of the unanswered are worth waiting for. */
  let awaited = 0;

  function close(exchange: Exchange) {
    if (unanswered.delete(exchange) && !isEndless(exchange.request)) awaited--;
    const key = idKey(exchange.request.id);
    if (pending.get(key) === exchange) pending.delete(key);
    if (awaited > 0) return;
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  }

  return {
    open(request) {
      const exchange = createExchange(request, (line) => {
        write(line);
        close(exchange);
      });
      pending.set(idKey(request.id), exchange);
      unanswered.add(exchange);
      if (!isEndless(request)) awaited++;
      working.add(exchange);
      return exchange;
    },
    find: (id) => pending.get(idKey(id)),
    findSimilar(id) {
      const [similar, another] = [...unanswered].filter(({ request }) =>
        hasSameText(id, request.id)
      );
      return another ? undefined : similar;
    },
    get size() {
      return unanswered.size;
    },
    idle() {
      if (awaited === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    done(exchange) {
      working.delete(exchange);
    },
    abort(error) {
      for (const exchange of [...working]) exchange.abort(error);
    },
  };
}

/** A subscription of the modern era is answered when it ends, which it does not by itself. */
function isEndless(request: Message): boolean {
  return request.method === "subscriptions/listen";
}

/** One exchange; `deliver` gets its one answer as a line. */
export function createExchange(
  request: Message,
  deliver: (line: Uint8Array) => void,
): Exchange {
  return new OpenExchange(request, deliver);
}

/** A class, since every call makes one: an object of closures takes ten times as long to make. */
class OpenExchange implements Exchange {
  readonly request: Message;
  readonly #deliver: (line: Uint8Array) => void;
  readonly #controller = new AbortController();
  #seeing: ((response: Message) => Message)[] | undefined;
  #isAnswered = false;
  #withheld: Message | undefined;
  withholdErrors = false;
  sentAt = 0;
  hasResponse = false;
  isCancelled = false;

  constructor(request: Message, deliver: (line: Uint8Array) => void) {
    this.request = request;
    this.#deliver = deliver;
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
    this.#deliver(lineOf(this.#seen(response), this.request.id));
    return true;
  }

  fail(error: unknown): void {
    if (this.#isAnswered) return;
    const withheld = this.takeWithheld();
    // What the backend said is the better answer.
    if (withheld) return void this.answer(withheld);
    this.#isAnswered = true;
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
