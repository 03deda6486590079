import { abortable } from "../../base/abortable.ts";
import { asProxyError, ProxyError } from "../../base/errors.ts";
import { startTimer, type Timer } from "../../base/timer.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import { backoff } from "../backoff.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import {
  capabilityOf,
  compareCapabilities,
  listChangedNotifications,
} from "../legacy/restored_session.ts";
import { type InitializeResult, initializeResultOf } from "../legacy/session.ts";
import type { ListMethod } from "./backend_memory.ts";
import { answeredMeanwhile, unknownPage } from "./answered_meanwhile.ts";
import { emptyResult } from "./empty_result.ts";
import {
  type ClientParameters,
  clientParameters,
  rememberedResult,
  unknownBackendResult,
} from "./initialize_result.ts";
import { ownResponse } from "./own_response.ts";
import {
  cursorOf,
  isForPerson,
  isListMethod,
  keyOf,
  mayBeStoodInFor,
  rememberAnswer,
} from "./remembered_answers.ts";
import { createSignInCalls } from "./sign_in_calls.ts";
import { signInTool, signInToolName, toolNames, withTool } from "./sign_in_tool.ts";
import { createListCheck } from "./list_check.ts";
import type { BegunSession, InstantStartOptions } from "./start_settings.ts";
import { tellOfWaiting } from "./waiting_progress.ts";

/** Answers the client while the backend cannot be asked. */
export interface StandIn {
  /** Answers `initialize` from memory, and has the backend asked behind it. */
  begin(exchange: Exchange): Promise<void>;
  /** Another one has sent `initialize`, which settles with `ended`: others wait for what comes of it. */
  adopt(exchange: Exchange, ended: Promise<void>): void;
  /** The backend has not answered that `initialize` in time. */
  late(exchange: Exchange, ended: Promise<void>): Promise<void>;
  /** `initialize` has failed for the first time, without anybody having been asked to sign in. */
  failed(exchange: Exchange, error: unknown): Promise<void>;
  /** Takes a request other than `initialize`. */
  request(exchange: Exchange): Promise<void>;
  /** A list cannot be had for the moment. */
  listFailed(exchange: Exchange, error: ProxyError): Promise<void>;
  /** Takes a notification or a response. */
  send(message: Message): void;
  /** The backend has answered `initialize`. */
  opened(): void;
  /** The client begins another session. */
  forget(): void;
  /** In mid-session, requests wait for a sign-in. */
  signInIsPending(): void;
  /** They do not wait any more. */
  signInIsOver(): void;
  /** Whether this is our own tool, as far as the client knows. */
  isOwnTool(name: string): boolean;
  /** Stops all that was begun here. */
  end(): void;
}

/** What {@linkcode createStandIn} needs. */
export interface StandInOptions extends Omit<InstantStartOptions, "era"> {
  /** Carries the messages to the backend. */
  era(): LegacyEra;
  /** The session as the client began it; `result` is there once the backend has answered. */
  begun: BegunSession;
  /** Takes note of the backend's answer to `initialize`. */
  onInitialized(response: Message): void;
}

/** An attempt to begin the session: others wait for what comes of it, and begin none. */
interface Opening {
  /** On whose behalf. */
  purpose: OutgoingRequest["purpose"];
  /** Resolves when the session is there; rejects with the reason why it is not. */
  opened: Promise<void>;
  /** The session is there. */
  succeed(): void;
  /** There is none, and others may try. */
  giveUp(error: unknown): void;
}

/** How long after a failure the backend is asked again by itself, in milliseconds. */
const firstPause = 1_000;
const longestPause = 30_000;
/** More notifications than this are not kept for a session that is yet to begin. */
const maxHeld = 100;

/** A stand-in for a backend that cannot be asked yet, or not any more. */
export function createStandIn(options: StandInOptions): StandIn {
  const { context, settings, era, begun, isAuthorizing } = options;
  const { memory, signIn, eagerLogin, listGrace } = settings;
  const { log } = context;
  /** What the client was told, when that was not by the backend. */
  let promised: InitializeResult | undefined;
  let isFromMemory: boolean;
  let opening: Opening | undefined;
  /** One that was not begun here. */
  let adopted: Opening | undefined;
  let isLate = false;
  let isEnded = false;
  /** Whether a sign-in was tried, and is not over yet or did not succeed. */
  let isSignInPending = false;
  let logLevel: Message | undefined;
  let held: Message[] = [];
  /** The name under which the client was last offered our tool. */
  let offered: string | undefined;
  let knownTools: ReadonlySet<string> = new Set();
  let healing: Timer | undefined;
  let ticking: Disposable | undefined;
  let waiters = 0;
  const pauses = backoff(firstPause, longestPause);
  const lists = createListCheck({ context, memory, era });
  const calls = createSignInCalls({
    context,
    signIn,
    client: () => clientOf(begun.initialize),
    onSignedIn: overcome,
    onFailed: () => {
      needSignIn();
      heal();
    },
  });

  const isOpen = () => begun.result !== undefined;

  // ── The session ────────────────────────────────────────────────────────────────────────────────

  async function begin(exchange: Exchange): Promise<void> {
    // The session is begun before the memory is looked into: what the client sends behind its first
    // request waits for that session, and begins no second one.
    await Promise.all([
      open(exchange, eagerLogin === "always" ? "client" : "unasked"),
      standInFromMemory(exchange),
    ]);
  }

  async function standInFromMemory(exchange: Exchange): Promise<void> {
    const remembered = await memory.recall(initializeKey);
    if (remembered && begun.initialize === exchange.request) standIn(exchange, remembered.result);
  }

  async function late(exchange: Exchange, ended: Promise<void>): Promise<void> {
    if (exchange.isAnswered || exchange.isAnsweredMeanwhile || isEnded) return;
    isLate = true;
    adopt(exchange, ended);
    const remembered = await memory.recall(initializeKey);
    if (begun.initialize !== exchange.request) return;
    if (remembered) standIn(exchange, remembered.result);
    else if (isAuthorizing()) standIn(exchange, undefined);
  }

  function adopt(exchange: Exchange, ended: Promise<void>) {
    if (opening) return;
    const mine = adopted = beginOpening(exchange.purpose);
    ended.then(() => mine.giveUp(refusedToBegin()), (error) => {
      if (exchange.isAnswered) mine.giveUp(error);
    });
  }

  function beginOpening(purpose: OutgoingRequest["purpose"]): Opening {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    const end = () => {
      if (opening === mine) opening = undefined;
    };
    const mine: Opening = {
      purpose,
      opened: promise,
      succeed() {
        end();
        resolve();
      },
      giveUp(error) {
        end();
        reject(error);
      },
    };
    opening = mine;
    return mine;
  }

  /** Has the client's `initialize` sent; settles when nothing more is to be done for it. */
  async function open(exchange: Exchange, purpose: OutgoingRequest["purpose"]): Promise<void> {
    const { mine, ended } = begunWith(exchange, purpose);
    try {
      await ended;
    } catch (error) {
      if (!exchange.isAnswered) return await failed(exchange, error, mine);
      mine.giveUp(error);
      heal();
      throw error;
    }
  }

  /** Begins the session with an `initialize` of our own, on the client's behalf. */
  function openAgain(purpose: OutgoingRequest["purpose"]): Opening {
    const exchange = createOwnExchange(begun.initialize!, purpose);
    const { mine, ended } = begunWith(exchange, purpose);
    untilStop(exchange, ended).catch(mine.giveUp);
    mine.opened.catch((error) => {
      const { reason, message } = asProxyError(error);
      if (reason !== "signed_out") log.debug(`the backend cannot be asked yet: ${message}`);
      heal();
    });
    return mine;
  }

  /** Has it sent; whoever asked for it says what is to be done when that fails. */
  function begunWith(exchange: Exchange, purpose: OutgoingRequest["purpose"]) {
    const mine = beginOpening(purpose);
    exchange.purpose = purpose;
    exchange.onAnswered = (response) => {
      if (begun.initialize !== exchange.request) return mine.giveUp(anotherSession);
      options.onInitialized(response);
      if (isOpen()) mine.succeed();
      else mine.giveUp(refusedToBegin());
    };
    const ended = era().request(exchange).then(() => mine.giveUp(refusedToBegin()));
    return { mine, ended };
  }

  /** @param attempt the one that failed: who waits for it goes on when it is known who tries next */
  async function failed(
    exchange: Exchange,
    error: unknown,
    attempt: Opening | undefined = adopted,
  ): Promise<void> {
    if (!attempt && !opening) attempt = beginOpening(exchange.purpose);
    const failure = asProxyError(error);
    let next: Promise<void> | undefined;
    try {
      if (await isForPersonNow(exchange, failure)) next = open(exchange, "client");
      else heal();
    } finally {
      attempt?.giveUp(failure);
    }
    await next;
  }

  /**
   * Answers in the backend's place, if need be.
   *
   * @returns whether the person is to be asked now
   * @throws {ProxyError} what the client gets
   */
  async function isForPersonNow(exchange: Exchange, failure: ProxyError): Promise<boolean> {
    const wasAsked = exchange.purpose === "client";
    if (isEnded || begun.initialize !== exchange.request) throw failure;
    if (exchange.isAnsweredMeanwhile && (wasAsked || failure.reason !== "signed_out")) {
      log.warn(failure.message);
      if (isForPerson(failure)) needSignIn();
      return false;
    }
    const remembered = await memory.recall(initializeKey);
    if (failure.reason === "signed_out" && !wasAsked) {
      const obstacle = await signIn.obstacle();
      if (obstacle) throw obstacle;
      const asks = eagerLogin === "always" || eagerLogin === "first" && !remembered;
      if (remembered || !asks || isLate) standIn(exchange, remembered?.result);
      return asks;
    }
    const isAnswerable = remembered ? mayBeStoodInFor(failure) : isForPerson(failure);
    if (!isAnswerable) throw failure;
    log.warn(failure.message);
    if (isForPerson(failure)) isSignInPending = true;
    standIn(exchange, remembered?.result);
    return false;
  }

  /** Answers `initialize` in the backend's place. */
  function standIn(exchange: Exchange, remembered: Uint8Array | undefined) {
    if (exchange.isAnswered || exchange.isAnsweredMeanwhile) return;
    const client = clientParameters(exchange.request);
    const response = ownResponse(
      exchange.request,
      remembered
        ? rememberedResult(remembered, client)
        : unknownBackendResult(client, { url: context.url, tool: toolName() }),
    );
    promised = initializeResultOf(response);
    isFromMemory = remembered !== undefined;
    exchange.answerMeanwhile(response);
    log.info(
      isFromMemory
        ? "the client is answered with what the backend said last, until it can be asked"
        : "the client is answered without the backend, until the person has signed in",
    );
  }

  function opened() {
    adopted?.succeed();
    adopted = undefined;
    pauses.reset();
    isSignInPending = false;
    const { result, initialized } = begun;
    if (!result || !promised) return;
    if (initialized) era().send(initialized);
    for (const message of held.splice(0)) era().send(message);
    for (const change of compareCapabilities(promised, result)) log.warn(change);
    if (logLevel && "logging" in result.capabilities) setLogLevel(logLevel);
    if (!initialized) return;
    if (settings.mode === "always" && isFromMemory) lists.check(announce);
    else announce(["tools", "prompts", "resources"]);
    log.info("the backend can be asked now");
  }

  function setLogLevel(request: Message) {
    const exchange = createOwnExchange(request, "unasked");
    untilStop(exchange, era().request(exchange)).catch((error) =>
      log.warn(`${request.method} was not passed on: ${asProxyError(error).message}`)
    );
  }

  /** Has the end of the bridge end a request of our own; nothing of it is left when it has ended. */
  function untilStop(exchange: Exchange, ended: Promise<void>): Promise<void> {
    const abort = () => exchange.abort(asProxyError(context.stop.reason));
    context.stop.addEventListener("abort", abort);
    return ended.finally(() => context.stop.removeEventListener("abort", abort));
  }

  /** Tells the client that lists may have changed, as far as it was told that it would be. */
  function announce(areas: readonly string[]) {
    const told = promised ?? begun.result;
    if (!told || !begun.initialized || isEnded) return;
    const capabilities = Object.fromEntries(
      Object.entries(told.capabilities).filter(([area]) => areas.includes(area)),
    );
    for (const line of listChangedNotifications({ ...told, capabilities })) context.toClient(line);
  }

  /** Looks from time to time whether the backend can be asked again. */
  function heal() {
    if (isEnded || healing || !isUnready()) return;
    healing = startTimer(async () => {
      healing = undefined;
      if (!isUnready()) return;
      if (!isOpen()) await (opening ?? openAgain("unasked")).opened.catch(() => {});
      else if (await signIn.isAvailable(context.stop)) overcome();
      heal();
    }, pauses.next());
  }

  const isUnready = () => begun.initialize !== undefined && (!isOpen() || isSignInPending);

  /** There is a credential. */
  function overcome() {
    if (isEnded) return;
    if (!isOpen()) {
      if (!opening) openAgain("unasked");
    } else if (isSignInPending) {
      isSignInPending = false;
      pauses.reset();
      stopTicking();
      announce(["tools"]);
    }
  }

  /** The person has to do something: they are offered our tool for it. */
  function needSignIn() {
    if (isSignInPending) return;
    isSignInPending = true;
    announce(["tools"]);
  }

  // ── Requests ───────────────────────────────────────────────────────────────────────────────────

  async function request(exchange: Exchange): Promise<void> {
    const { request: message } = exchange;
    const { method } = message;
    if (isListMethod(method)) return await list(exchange, method);
    if (method === "tools/call" && isOwnTool(message.name ?? "")) return await calls.call(exchange);
    if (method === "ping" && isUnready()) return answer(exchange, {});
    if (!isOpen()) {
      if (method === "logging/setLevel") {
        logLevel = message;
        return answer(exchange, {});
      }
      await untilOpen(exchange);
    }
    if (lacks(method)) {
      const empty = emptyResult(method);
      if (!empty) throw notOffered(method);
      return answer(exchange, empty);
    }
    await era().request(exchange);
  }

  /** Waits for the session; begins it, with a sign-in if need be, unless that is under way. */
  async function untilOpen({ signal }: Exchange): Promise<void> {
    waiters++;
    startTicking();
    try {
      while (!isOpen()) {
        const current = opening ?? openAgain("client");
        try {
          await abortable(current.opened, signal);
        } catch (error) {
          signal.throwIfAborted();
          // What failed because nobody was asked says nothing of a request that somebody is asked for.
          if (current.purpose === "client" || !isForPerson(asProxyError(error))) {
            throw waitedInVain(asProxyError(error), { backend: context.url, tool: toolName() });
          }
        }
      }
    } finally {
      if (--waiters === 0 && !isSignInPending) stopTicking();
    }
  }

  async function list(exchange: Exchange, method: ListMethod): Promise<void> {
    if (!isOpen() || isSignInPending) return await listMeanwhile(exchange, method);
    if (lacks(method)) return answer(exchange, emptyResult(method)!);
    rememberAnswer(exchange, { era: "legacy", memory });
    // What the backend lists is the backend's, whatever its name.
    if (method === "tools/list") offered = undefined;
    exchange.purpose = "unasked";
    try {
      await era().request(exchange);
    } catch (error) {
      if (exchange.isAnswered || !mayBeStoodInFor(error)) throw error;
      await listFailed(exchange, error);
    }
  }

  async function listFailed(exchange: Exchange, error: ProxyError): Promise<void> {
    const { request } = exchange;
    if (!isForPerson(error) && !await memory.recall(keyOf(request, "legacy"))) throw error;
    // The client hears of it by the answer to this very request.
    if (isForPerson(error)) isSignInPending = true;
    else log.warn(error.message);
    await listMeanwhile(exchange, request.method as ListMethod);
    heal();
  }

  /** Answers from memory, or with nothing but our tool. */
  async function listMeanwhile(exchange: Exchange, method: ListMethod): Promise<void> {
    const cursor = cursorOf(exchange.request);
    const key = { era: "legacy", method, cursor } as const;
    const remembered = await memory.recall(key);
    if (remembered) {
      lists.given(key, remembered.result);
      return give(exchange, { method, cursor, result: remembered.result });
    }
    if (!isOpen() && opening) {
      const grace = Promise.withResolvers<void>();
      using _timer = startTimer(grace.resolve, listGrace);
      const settled = opening.opened.catch(() => {});
      await abortable(Promise.race([settled, grace.promise]), exchange.signal);
    }
    if (isOpen() && !isSignInPending) return await list(exchange, method);
    if (cursor !== undefined) throw unknownPage(method);
    give(exchange, { method });
  }

  function give(
    exchange: Exchange,
    { method, cursor, result }: { method: ListMethod; cursor?: string; result?: Uint8Array },
  ) {
    if (method !== "tools/list" || cursor !== undefined) {
      return answer(exchange, result ?? emptyResult(method)!);
    }
    if (result) knownTools = toolNames(result);
    if (result && !isSignInPending) {
      offered = undefined;
      return answer(exchange, result);
    }
    offered = toolName();
    const tool = signInTool(offered, context.url);
    answer(exchange, result ? withTool(result, tool) : { tools: [tool] });
  }

  function toolName(): string {
    return signInToolName(knownTools);
  }

  function isOwnTool(name: string): boolean {
    return name === offered || !isOpen() && name === toolName();
  }

  /** What the backend turned out not to have of what the client was promised. */
  function lacks(method: string): boolean {
    const capability = capabilityOf(method);
    return promised !== undefined && begun.result !== undefined && capability !== undefined &&
      capability in promised.capabilities && !(capability in begun.result.capabilities);
  }

  function answer(exchange: Exchange, result: Uint8Array | object) {
    exchange.onAnswered = undefined;
    exchange.answer(ownResponse(exchange.request, result));
  }

  function startTicking() {
    ticking ??= tellOfWaiting({
      waiting: () =>
        context.pending.waiting().filter(({ request }) => request !== begun.initialize),
      message: `waiting for the sign-in to ${context.url.host}`,
      toClient: context.toClient,
    });
  }

  function stopTicking() {
    ticking?.[Symbol.dispose]();
    ticking = undefined;
  }

  return {
    begin,
    adopt,
    late,
    failed,
    request,
    listFailed,
    send(message) {
      if (message.kind === "response") {
        if (!calls.takeResponse(message)) era().send(message);
        return;
      }
      if (isOpen()) return era().send(message);
      // The session that is yet to begin learns it from the client's parameters, or asks.
      const isMoot = message.method === "notifications/initialized" ||
        message.method === "notifications/cancelled" ||
        message.method === "notifications/roots/list_changed";
      if (!isMoot && held.length < maxHeld) held.push(message);
    },
    opened,
    forget() {
      promised = undefined;
      opening = undefined;
      adopted?.giveUp(anotherSession);
      adopted = undefined;
      logLevel = undefined;
      held = [];
      isLate = isSignInPending = false;
      lists.forget();
      stopTicking();
    },
    signInIsPending() {
      if (!isOpen() || isEnded) return;
      needSignIn();
      startTicking();
      for (const exchange of context.pending.waiting()) {
        const { method } = exchange.request;
        if (!isListMethod(method)) continue;
        listMeanwhile(exchange, method).then(
          () => exchange.abort(answeredMeanwhile),
          (error) => exchange.abort(asProxyError(error)),
        );
      }
    },
    signInIsOver() {
      if (waiters === 0) stopTicking();
      if (!isSignInPending) return;
      if (signIn.isAtHand()) overcome();
      else heal();
    },
    isOwnTool,
    end() {
      isEnded = true;
      healing?.stop();
      stopTicking();
      calls.end();
    },
  };
}

const initializeKey = { era: "legacy", method: "initialize" } as const;

function clientOf(initialize: Message | undefined): ClientParameters {
  return initialize
    ? clientParameters(initialize)
    : { protocolVersion: undefined, capabilities: {} };
}

const anotherSession = new ProxyError({
  category: "Backend error",
  what: "the client has begun another session",
  fix: "send the request again if it is still wanted",
  reason: "session_over",
});

function refusedToBegin(): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: "the backend does not begin a session: it answered initialize with an error",
    fix: "look at the backend's log, then restart the client",
    reason: "session_refused",
  });
}

/** What a request is answered with that waited for a sign-in. */
function waitedInVain(
  error: ProxyError,
  { backend, tool }: { backend: URL; tool: string },
): ProxyError {
  // Of what no sign-in would mend, its own words are better.
  if (!isForPerson(error) && error.reason !== "access_denied") return error;
  return new ProxyError({
    ...error,
    what: `${backend.href} requires a sign-in, which did not succeed: ${error.what}`,
    fix: `${error.fix}, call the tool ${tool}, or run "authful-mcp-proxy login"`,
    cause: error,
  });
}

function notOffered(method: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend does not offer ${capabilityOf(method)}, as is known since the sign-in`,
    fix: "restart the client",
    reason: "capability_lost",
  });
}
