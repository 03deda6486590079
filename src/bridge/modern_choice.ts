import { abortable } from "../base/abortable.ts";
import { ProxyError } from "../base/errors.ts";
import type { BridgeContext } from "./bridge_context.ts";
import type { Exchange } from "./exchange.ts";
import { InnerExchange } from "./inner_exchange.ts";
import { valueOf } from "./json/edit_object.ts";
import { textOf } from "./json/scan_json.ts";
import type { Message } from "./jsonrpc/scan_message.ts";
import type { LegacyEra } from "./legacy/era.ts";
import { type EraMemory, mayBeOtherEra } from "./legacy_choice.ts";
import type { ModernEra } from "./modern/modern_era.ts";
import { isReadOnly } from "./retry_policy.ts";
import { discover, modernClientOf, supportedVersions } from "./translation/discover.ts";
import type { ModernClientTranslation } from "./translation/modern_client.ts";
import { limitedQuestion, probeTimeout } from "./translation/limited_question.ts";
import { errorCodes } from "./translation/protocol.ts";

/** The modern era at whatever backend there is. */
export interface ModernChoice extends ModernEra {
  /** Ends what was begun at the backend. */
  end(signal: AbortSignal): Promise<void>;
}

/** What {@linkcode createModernChoice} needs. */
export interface ModernChoiceOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries messages to a backend of the modern era. */
  native: ModernEra;
  /** Makes a carrier of the legacy era in a context. */
  createLegacy(context: BridgeContext): Promise<LegacyEra>;
  /** Where it is kept what the backend was found to speak. */
  memory?: EraMemory;
}

/**
 * Carries the messages of a client of the modern era as they are, unless the backend answers as one
 * does that does not know it. Then it is asked whether it begins a session, and if so messages are
 * translated.
 */
export function createModernChoice(options: ModernChoiceOptions): ModernChoice {
  const { context, native, memory } = options;
  let isProven = false;
  /** Looks once whether it is known already. */
  let recalling = memory?.isAskedFirst ? recall : undefined;
  /** Where the backend speaks the legacy era only. */
  let translated: ModernClientTranslation | undefined;
  let deciding: Promise<void> | undefined;

  function request(exchange: Exchange): Promise<void> {
    if (translated) return translated.request(exchange);
    return isProven ? native.request(exchange) : tryNative(exchange);
  }

  async function recall(exchange: Exchange): Promise<void> {
    if ((await memory?.recallVerdict())?.era === "legacy") await translate(exchange);
  }

  async function tryNative(exchange: Exchange): Promise<void> {
    if (recalling && !deciding) {
      deciding = recalling(exchange).finally(() => deciding = undefined);
      recalling = undefined;
    }
    if (deciding) {
      await deciding;
      return await request(exchange);
    }
    const doubted = Promise.withResolvers<undefined>();
    const trial = new InnerExchange(exchange.request, {
      outer: exchange,
      onAnswer(response) {
        isProven ||= isModern(response);
        if (isProven) exchange.answer(response);
        else doubted.resolve(undefined);
      },
    });
    const ended = trial.whileOuterLasts(() => native.request(trial))
      .then(() => undefined, (error: unknown) => error);
    // Without a limit: that nothing comes back means an outage over HTTP, and no era (MCP 2026-07-28,
    // Streamable HTTP, backward compatibility). A connection that died unseen looks the same.
    const failure = await Promise.race([ended, doubted.promise]);
    if (exchange.isAnswered) return void await ended;
    const { response } = trial;
    // The stream of an answer may stay open, and nothing is wanted of it any more.
    if (response) trial.abort(answeredAlready);
    if (response || mayBeOtherEra(failure)) {
      await decide(exchange);
      if (translated) {
        const isFresh = !response || mayBeSentAgain(response, exchange.request);
        if (isFresh) return await translated.request(exchange);
      }
    }
    if (!response) throw failure ?? trial.failure;
    if (isProven || !isAnswer(response, exchange.request)) return void exchange.answer(response);
    const { completeResult } = await import("./translation/complete_result.ts");
    exchange.answer(completeResult(response, exchange.request.method));
  }

  /** Finds out what the backend speaks, once for all who ask at the same time. */
  async function decide(exchange: Exchange): Promise<void> {
    if (isProven || translated) return;
    deciding ??= findOut(exchange)
      .catch((error) => context.log.debug(String(error)))
      .finally(() => deciding = undefined);
    await deciding;
  }

  async function findOut(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    if (request.method !== "server/discover") {
      try {
        const answer = await limitedQuestion(exchange, {
          timeout: probeTimeout(context),
          isAuthorizing: context.isAuthorizing,
          ask: (asking) => discover(modernClientOf(request), { outer: asking, modern: native }),
        });
        if (supportedVersions(answer).length > 0) return void (isProven = true);
      } catch (error) {
        // What did not reach the backend, or did not come back, says nothing of what it speaks. It has
        // refused a request before, though: silence does not keep it from being asked for a session.
        if (!mayBeOtherEra(error) || exchange.signal.aborted) throw error;
      }
    }
    await translate(exchange);
  }

  /** Has messages translated, if the backend begins a session. */
  async function translate(exchange: Exchange): Promise<void> {
    const { log, acceptTimeout: timeout, isAuthorizing } = context;
    const { createModernClientTranslation } = await import("./translation/modern_client.ts");
    const translation = createModernClientTranslation({
      context,
      createLegacy: options.createLegacy,
    });
    const opened = translation.open(exchange);
    try {
      await limitedQuestion(exchange, {
        timeout,
        isAuthorizing,
        ask: ({ signal }) => abortable(opened, signal),
      });
    } catch (error) {
      // A session that is granted after all is not needed any more.
      opened.then(() => translation.end(AbortSignal.timeout(endTimeout))).catch(() => {});
      // Its first answer says more.
      log.debug(`the backend speaks neither era: ${String(error)}`);
      return;
    }
    log.info(
      "the backend speaks MCP up to 2025-11-25 only; messages of the client are translated",
    );
    translated = translation;
    memory?.noteVerdict({ era: "legacy", versions: [] });
  }

  return {
    request,
    send(message) {
      if (deciding) deciding.then(() => (translated ?? native).send(message));
      else (translated ?? native).send(message);
    },
    async flushed() {
      await deciding;
      await (translated ?? native).flushed();
    },
    end: async (signal) => await translated?.end(signal),
  };
}

/** How long a session that is not needed may take to end, in milliseconds. */
const endTimeout = 2_000;

/** Errors that only a backend of the modern era gives (MCP 2026-07-28, error codes). */
const modernErrors: ReadonlySet<number | undefined> = new Set([
  errorCodes.headerMismatch,
  errorCodes.missingClientCapability,
]);

const answeredAlready = new ProxyError({
  category: "Backend error",
  what: "the request is answered already",
  fix: "run again with --debug and report what it prints",
  reason: "internal",
});

/** Whether an answer is one of the modern era. */
function isModern(response: Message): boolean {
  const { bytes, bodyStart, isError } = response;
  if (!isError) return valueOf(bytes, bodyStart, "resultType") !== undefined;
  const code = numberOf(valueOf(bytes, bodyStart, "code"));
  if (code !== errorCodes.unsupportedProtocolVersion) return modernErrors.has(code);
  // Some of the legacy era have come to say it like this, too.
  const data = valueOf(bytes, bodyStart, "data");
  const supported = data && valueOf(data, 0, "supported");
  const versions = supported && JSON.parse(textOf(supported, 0, supported.length));
  return !Array.isArray(versions) || versions.some((version) => String(version) >= "2026");
}

/**
 * Whether a result is what was asked for. Some backends of the legacy era do without sessions, and
 * answer requests of the modern one (MCP 2026-07-28, compatibility matrix), but without what the modern
 * era demands of a result.
 */
function isAnswer({ bytes, bodyStart, isError }: Message, { method }: Message): boolean {
  return !isError &&
    (method !== "server/discover" || valueOf(bytes, bodyStart, "supportedVersions") !== undefined);
}

/** Errors by which a backend says that it has not even looked at a request. */
const notTaken: ReadonlySet<number | undefined> = new Set([-32700, -32600, -32601, -32000, -32001]);

/** A request that may have been carried out is not sent once more. */
function mayBeSentAgain({ bytes, bodyStart, isError }: Message, { method }: Message): boolean {
  return isReadOnly(method) || method === "subscriptions/listen" ||
    isError && notTaken.has(numberOf(valueOf(bytes, bodyStart, "code")));
}

function numberOf(value: Uint8Array | undefined): number | undefined {
  return value && Number(textOf(value, 0, value.length));
}
