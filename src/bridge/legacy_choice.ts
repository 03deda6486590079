import { abortable } from "../base/abortable.ts";
import { ProxyError } from "../base/errors.ts";
import type { BridgeContext } from "./bridge_context.ts";
import type { Exchange } from "./exchange.ts";
import { InnerExchange } from "./inner_exchange.ts";
import type { LegacyEra } from "./legacy/era.ts";
import type { BackendMemory } from "./start/backend_memory.ts";
import { isSharedFailure } from "./retry_policy.ts";

/** The legacy era at whatever backend there is. */
export interface LegacyChoice extends LegacyEra {
  /** Takes another carrier for backends of the legacy era, as one that knows the transport. */
  use(native: LegacyEra): void;
}

/** What {@linkcode createLegacyChoice} needs. */
export interface LegacyChoiceOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries messages to a backend of the legacy era. */
  native: LegacyEra;
  /** Where it is kept what the backend was found to speak. */
  memory?: EraMemory;
}

/** What a backend was found to speak, from one start to the next. */
export interface EraMemory extends Pick<BackendMemory, "recallVerdict" | "noteVerdict"> {
  /**
   * Whether it is asked before the backend is. That loads what reads and decrypts it, at every start
   * and whatever the backend speaks, to save one round trip to a backend of the other era. Only a start
   * that goes by memory anyway has it for nothing.
   */
  readonly isAskedFirst: boolean;
}

/**
 * Carries the messages of a client of the legacy era as they are, unless the backend refuses to begin a
 * session. Then it is asked whether it speaks the modern era, and if so messages are translated.
 */
export function createLegacyChoice(options: LegacyChoiceOptions): LegacyChoice {
  const { context, memory } = options;
  let { native } = options;
  /** Where the backend speaks the modern era only. */
  let translated: LegacyEra | undefined;
  /** While a session is being begun; resolves with what that failed with. */
  let undecided: Promise<unknown> | undefined;
  const chosen = () => translated ?? native;
  let isInUse = false;

  function request(exchange: Exchange): Promise<void> {
    isInUse = true;
    if (exchange.request.method === "initialize") return begin(exchange);
    return undecided ? requestUndecided(exchange) : chosen().request(exchange);
  }

  async function requestUndecided(exchange: Exchange): Promise<void> {
    const since = performance.now();
    while (undecided) {
      const failure = await abortable(undecided, exchange.signal);
      if (isSharedFailure(failure, { since, window: context.retryWindow })) throw failure;
    }
    await chosen().request(exchange);
  }

  async function begin(exchange: Exchange): Promise<void> {
    const outcome = Promise.withResolvers<unknown>();
    const mine = undecided = outcome.promise;
    const decided = (failure?: unknown) => {
      if (undecided === mine) undecided = undefined;
      outcome.resolve(failure);
    };
    try {
      if (translated || await isRemembered()) await findModern(exchange);
      await (translated?.request(exchange) ?? tryNative(exchange, decided));
    } catch (error) {
      decided(error);
      throw error;
    } finally {
      decided();
    }
  }

  async function isRemembered(): Promise<boolean> {
    return memory?.isAskedFirst === true && (await memory.recallVerdict())?.era === "modern";
  }

  /** Asks the backend whether it speaks the modern era, and has messages translated if it does. */
  async function findModern(exchange: Exchange): Promise<void> {
    const { serveLegacyClient } = await import("./translation/serve_legacy_client.ts");
    translated = await serveLegacyClient(exchange, { context, before: translated });
    if (translated) memory?.noteVerdict({ era: "modern", versions: [] });
  }

  async function tryNative(exchange: Exchange, decided: () => void): Promise<void> {
    const trial = new InnerExchange(exchange.request, {
      outer: exchange,
      onAnswer(response) {
        if (response.isError) return;
        exchange.answer(response);
        decided();
      },
    });
    const failure = await trial.whileOuterLasts(() => native.request(trial))
      .then(() => undefined, (error: unknown) => error);
    if (exchange.isAnswered) return;
    const refusal = trial.response;
    if (refusal || mayBeOtherEra(failure)) {
      await findModern(exchange);
      if (translated) return await translated.request(exchange);
    }
    if (!refusal) throw failure ?? trial.failure;
    exchange.answer(refusal);
  }

  return {
    request,
    send(message) {
      // That of a client of the modern era, which came behind the answer: there is no session here.
      if (!isInUse && message.method === "notifications/cancelled") return;
      // The backend may need a response to begin a session.
      if (!undecided || message.kind === "response") chosen().send(message);
      else undecided.then(() => chosen().send(message));
    },
    cancel: (message, exchange) => chosen().cancel(message, exchange),
    async flushed() {
      while (undecided) await undecided;
      await chosen().flushed();
    },
    async end(signal) {
      await Promise.all([native.end(signal), translated?.end(signal)]);
    },
    use(other) {
      native = other;
    },
  };
}

/** HTTP errors that say nothing of what the backend speaks. */
const noEvidence: ReadonlySet<number> = new Set([401, 403, 407, 408, 421, 425, 429]);

/** Whether a backend may fail like this at a message of an era that it does not speak. */
export function mayBeOtherEra(failure: unknown): boolean {
  if (!(failure instanceof ProxyError)) return false;
  const { httpStatus = 0, reason } = failure;
  return reason === "no_answer" ||
    httpStatus >= 400 && httpStatus < 500 && !noEvidence.has(httpStatus);
}
