import { abortable, pause } from "../../base/abortable.ts";
import { excerpt } from "../../base/excerpt.ts";
import { asProxyError, ProxyError } from "../../base/errors.ts";
import { startTimer, type Timer } from "../../base/timer.ts";
import { programName, version } from "../../base/version.ts";
import { backoff } from "../backoff.ts";
import type { Exchange } from "../exchange.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import type { ListMethod } from "./backend_memory.ts";
import { beginningText, beginSignIn } from "./begin_sign_in.ts";
import { answeredMeanwhile, unknownPage } from "./answered_meanwhile.ts";
import { emptyResult } from "./empty_result.ts";
import { ownResponse } from "./own_response.ts";
import {
  cursorOf,
  isForPerson,
  isListMethod,
  keyOf,
  mayBeStoodInFor,
  rememberAnswer,
} from "./remembered_answers.ts";
import {
  elicitationText,
  invitationText,
  signInTool,
  signInToolName,
  signInToolResult,
  toolNames,
  withTool,
} from "./sign_in_tool.ts";
import type { ModernStartOptions } from "./start_settings.ts";
import { tellOfWaiting } from "./waiting_progress.ts";

/** Answers a client of the modern era while the backend cannot be asked. */
export interface ModernStandIn {
  /** Takes a request. */
  request(exchange: Exchange): Promise<void>;
  /** The backend has not answered in time. */
  late(exchange: Exchange): Promise<void>;
  /** What memory may answer has failed. */
  failed(exchange: Exchange, error: ProxyError): Promise<void>;
  /** A subscription cannot be opened yet. */
  listen(exchange: Exchange): Promise<void>;
  /** Requests wait for a sign-in. */
  signInIsPending(): void;
  /** They do not wait any more. */
  signInIsOver(): void;
  /** Whether this is our own tool, as far as the client knows. */
  isOwnTool(name: string): boolean;
  /** Stops all that was begun here. */
  end(): void;
}

/** What {@linkcode createModernStandIn} needs. */
export interface ModernStandInOptions extends Omit<ModernStartOptions, "era"> {
  /** Carries the messages to the backend. */
  era(): ModernEra;
}

const metaKey = (name: string) => `io.modelcontextprotocol/${name}`;
/** What the backend is asked about next is likely to be another answer. */
const passing = { resultType: "complete", ttlMs: 0, cacheScope: "private" } as const;
/** The version of the modern era. */
const modernVersion = "2026-07-28";
/** Under which name the client answers what it was asked to show. */
const inputName = "sign_in";
const firstPause = 1_000;
const longestPause = 30_000;

/** A stand-in for a backend of the modern era. */
export function createModernStandIn(options: ModernStandInOptions): ModernStandIn {
  const { context, era, settings, isAuthorizing } = options;
  const { memory, signIn, eagerLogin, listGrace } = settings;
  let isSignInPending = false;
  let isEnded = false;
  let offered: string | undefined;
  let knownTools: ReadonlySet<string> = new Set();
  let signingIn: Promise<void> | undefined;
  let healing: Timer | undefined;
  let ticking: Disposable | undefined;
  /** Resolves when a sign-in is over. */
  let woken = Promise.withResolvers<void>();
  /** Subscriptions that wait to be opened at the backend, and what the client wants to hear of. */
  const listening = new Map<Exchange, Subscription>();
  const pauses = backoff(firstPause, longestPause);

  async function request(exchange: Exchange): Promise<void> {
    const { method, name = "" } = exchange.request;
    if (method === "tools/call" && isOwnTool(name)) return await callOwnTool(exchange);
    if (method === "subscriptions/listen") return await open(exchange);
    if (method !== "server/discover" && !isListMethod(method)) return await era().request(exchange);
    rememberAnswer(exchange, { era: "modern", memory });
    if (isSignInPending || signingIn) return await answerMeanwhile(exchange);
    if (settings.mode === "always") {
      const remembered = await memory.recall(keyOf(exchange.request, "modern"));
      if (remembered) return give(exchange, remembered.result);
    }
    // What the backend lists is the backend's, whatever its name.
    if (method === "tools/list") offered = undefined;
    exchange.purpose = "unasked";
    using start = startTimer(() => void late(exchange), settings.startGrace);
    try {
      await era().request(exchange);
    } catch (error) {
      if (exchange.isAnswered || !mayBeStoodInFor(error)) throw error;
      // A list waits for as long as lists do.
      if (isListMethod(method)) start.stop();
      await failed(exchange, error);
    }
  }

  async function late(exchange: Exchange): Promise<void> {
    if (isEnded) return;
    const remembered = await memory.recall(keyOf(exchange.request, "modern"));
    if (exchange.isAnswered) return;
    if (!remembered && !isAuthorizing()) return;
    // It has waited for as long as it is to.
    await answerMeanwhile(exchange, { isPatient: false });
    exchange.abort(answeredMeanwhile);
  }

  async function failed(exchange: Exchange, error: ProxyError): Promise<void> {
    const { request } = exchange;
    const remembered = await memory.recall(keyOf(request, "modern"));
    if (!isForPerson(error)) {
      if (!remembered) throw error;
      context.log.warn(error.message);
      return give(exchange, remembered.result);
    }
    const obstacle = error.reason === "signed_out" ? await signIn.obstacle() : undefined;
    if (obstacle) throw obstacle;
    if (!remembered && request.method === "server/discover" && await isLegacy()) {
      throw notModern();
    }
    await signInIfEager();
    await answerMeanwhile(exchange);
  }

  async function signInIfEager() {
    if (eagerLogin === "always" || eagerLogin === "first" && await memory.isEmpty()) signInNow();
  }

  /** A client of both eras falls back by itself to the one that the backend speaks. */
  async function isLegacy(): Promise<boolean> {
    return await memory.recall({ era: "legacy", method: "initialize" }) !== undefined;
  }

  function signInNow() {
    signingIn ??= signIn.begin(context.stop).then(overcome, (error) => {
      context.log.warn(asProxyError(error).message);
      needSignIn();
      heal();
    }).finally(() => signingIn = undefined);
  }

  /** Answers from memory, or with as much as is known without the backend. */
  async function answerMeanwhile(
    exchange: Exchange,
    { isPatient = true } = {},
  ): Promise<void> {
    const { method } = exchange.request;
    const remembered = await memory.recall(keyOf(exchange.request, "modern"));
    if (exchange.isAnswered) return;
    if (remembered) {
      heal();
      return give(exchange, remembered.result);
    }
    if (signingIn && isPatient) {
      const grace = Promise.withResolvers<void>();
      using _timer = startTimer(
        grace.resolve,
        method === "server/discover" ? settings.startGrace : listGrace,
      );
      await abortable(Promise.race([signingIn, grace.promise]), exchange.signal);
      if (signIn.isAtHand()) return await era().request(exchange);
    }
    heal();
    if (method === "server/discover") return answer(exchange, unknownBackend());
    if (cursorOf(exchange.request) !== undefined) throw unknownPage(method);
    give(exchange, undefined);
  }

  function give(exchange: Exchange, remembered: Uint8Array | undefined) {
    const { request } = exchange;
    const isTools = request.method === "tools/list" && cursorOf(request) === undefined;
    if (isTools && remembered) knownTools = toolNames(remembered);
    if (!isTools || remembered && !isSignInPending) {
      if (isTools) offered = undefined;
      return answer(
        exchange,
        remembered ?? { ...emptyResult(request.method as ListMethod), ...passing },
      );
    }
    offered = toolName();
    const tool = signInTool(offered, context.url);
    answer(exchange, remembered ? withTool(remembered, tool) : { tools: [tool], ...passing });
  }

  function answer(exchange: Exchange, result: Uint8Array | object) {
    exchange.onAnswered = undefined;
    exchange.answer(ownResponse(exchange.request, result));
  }

  function unknownBackend(): object {
    const host = excerpt(context.url.host);
    return {
      ...passing,
      supportedVersions: [modernVersion],
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        completions: {},
      },
      instructions: `The sign-in to ${host} is pending. Until it is done, the only tool is ` +
        `${toolName()}: call it to learn what the person has to open in a browser.`,
      _meta: {
        [metaKey("serverInfo")]: { name: `${programName} (${host})`, title: host, version },
      },
    };
  }

  async function callOwnTool(exchange: Exchange): Promise<void> {
    const { signal, request } = exchange;
    const params = paramsOf(request);
    const shown = elicitationText(params.inputResponses?.[inputName], context.url);
    if (shown !== undefined) return say(exchange, shown);
    const begun = await beginSignIn({
      signIn,
      signal,
      stop: context.stop,
      onSignedIn: overcome,
      onFailed: () => {
        needSignIn();
        heal();
      },
    });
    const { invitation } = begun;
    if (!invitation) return say(exchange, beginningText(begun, context.url), begun.isError);
    const { elicitation } = Object(params._meta?.[metaKey("clientCapabilities")]);
    if (Object(elicitation).url === undefined) {
      return say(exchange, invitationText(invitation, { backend: context.url, now: Date.now() }));
    }
    const { url, userCode } = invitation;
    answer(exchange, {
      resultType: "input_required",
      inputRequests: {
        [inputName]: {
          method: "elicitation/create",
          params: {
            mode: "url",
            elicitationId: `${programName}-sign-in`,
            url,
            message: `Sign in to ${context.url.host}` +
              (userCode === undefined ? "" : ` with the code ${userCode}`),
          },
        },
      },
    });
  }

  function say(exchange: Exchange, text: string, isError = false) {
    answer(exchange, { ...signInToolResult(text, { isError }), resultType: "complete" });
  }

  // ── Subscriptions ──────────────────────────────────────────────────────────────────────────────

  async function open(exchange: Exchange): Promise<void> {
    // What was answered meanwhile may have changed by the time that the backend knows of it.
    if (!signIn.isAtHand()) return await listen(exchange);
    exchange.purpose = "unasked";
    try {
      await era().request(exchange);
    } catch (error) {
      if (exchange.isAnswered || !mayBeStoodInFor(error)) throw error;
      await listen(exchange);
    }
  }

  /** Keeps a subscription until it can be opened at the backend; the client hears of changes here. */
  async function listen(exchange: Exchange): Promise<void> {
    const { signal, request } = exchange;
    const subscription = {
      id: request.id,
      wanted: Object(paramsOf(request).notifications),
    };
    notify(subscription, "subscriptions/acknowledged", { notifications: subscription.wanted });
    const waits = backoff(firstPause, longestPause);
    listening.set(exchange, subscription);
    try {
      await signInIfEager();
      heal();
      while (!await signIn.isAvailable(signal)) {
        await Promise.race([pause(waits.next(), signal), woken.promise]);
      }
      announce(subscription, ["tools", "prompts", "resources"]);
    } finally {
      listening.delete(exchange);
    }
    await open(exchange);
  }

  function announce(subscription: Subscription, areas: readonly string[]) {
    for (const area of areas) {
      if (subscription.wanted[`${area}ListChanged`] === true) {
        notify(subscription, `${area}/list_changed`, {});
      }
    }
  }

  function notify({ id }: Subscription, name: string, params: object) {
    const meta = `"_meta":{"${metaKey("subscriptionId")}":${id}}`;
    const rest = JSON.stringify(params).slice(1, -1);
    context.toClient(encoder.encode(
      `{"jsonrpc":"2.0","method":"notifications/${name}","params":{${meta}${
        rest === "" ? "" : `,${rest}`
      }}}`,
    ));
  }

  // ── The sign-in ────────────────────────────────────────────────────────────────────────────────

  function needSignIn() {
    if (isSignInPending) return;
    isSignInPending = true;
    for (const subscription of listening.values()) announce(subscription, ["tools"]);
  }

  function overcome() {
    isSignInPending = false;
    pauses.reset();
    stopTicking();
    wake();
  }

  function wake() {
    woken.resolve();
    woken = Promise.withResolvers();
  }

  function heal() {
    if (isEnded || healing || !isSignInPending) return;
    healing = startTimer(async () => {
      healing = undefined;
      if (!isSignInPending) return;
      if (await signIn.isAvailable(context.stop)) overcome();
      heal();
    }, pauses.next());
  }

  function stopTicking() {
    ticking?.[Symbol.dispose]();
    ticking = undefined;
  }

  function toolName(): string {
    return signInToolName(knownTools);
  }

  function isOwnTool(name: string): boolean {
    return name === offered;
  }

  return {
    request,
    late,
    failed,
    listen,
    signInIsPending() {
      if (isEnded) return;
      needSignIn();
      ticking ??= tellOfWaiting({
        waiting: () =>
          context.pending.waiting().filter(({ request }) =>
            request.method !== "subscriptions/listen"
          ),
        message: `waiting for the sign-in to ${context.url.host}`,
        toClient: context.toClient,
      });
    },
    signInIsOver() {
      stopTicking();
      wake();
      if (signIn.isAtHand()) overcome();
      else heal();
    },
    isOwnTool,
    end() {
      isEnded = true;
      healing?.stop();
      stopTicking();
    },
  };
}

interface Subscription {
  /** The id of its request, as it was written. */
  id: string;
  /** What the client wants to hear of. */
  wanted: Record<string, unknown>;
}

interface RequestParameters {
  _meta?: Record<string, unknown>;
  inputResponses?: Record<string, unknown>;
  notifications?: unknown;
}

function paramsOf({ bytes, bodyStart, bodyEnd }: Message): RequestParameters {
  return bodyStart === -1 ? {} : JSON.parse(textOf(bytes, bodyStart, bodyEnd));
}

function notModern(): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: "the backend speaks an older protocol version, as it last said",
    fix: "send initialize first",
    reason: "http_404",
    httpStatus: 404,
  });
}

const encoder = new TextEncoder();
