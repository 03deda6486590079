import { asProxyError, describe, ProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import { nextTurn, startTimer } from "../../base/timer.ts";
import { type AcceptLimit, createAcceptLimit } from "../accept_limit.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { carryCancellation } from "../carry_cancellation.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "./era.ts";
import { cancelledNotification } from "../jsonrpc/cancelled_notification.ts";
import { performHandshake } from "./handshake.ts";
import { createOneWayMessages } from "../one_way_messages.ts";
import { keepAlive } from "./keep_alive.ts";
import { createPace } from "./pace.ts";
import { postMessage } from "./post_message.ts";
import { postRequest } from "./post_request.ts";
import { capabilityOf, compareCapabilities, listChangedNotifications } from "./restored_session.ts";
import { superviseServerStream } from "./server_stream.ts";
import type { RestoreOptions, SessionRecovery } from "./session_recovery.ts";
import { createSessionState } from "./session_state.ts";
import { isSharedFailure } from "../retry_policy.ts";
import { createSession, type Session } from "./session.ts";

/** How long a session that the client has left may take to end, in milliseconds. */
const deleteTimeout = 2_000;
/** What no request of the client is behind happens at most so often … */
const maxUnprompted = 3;
/** … in a stretch of so many milliseconds, whatever a backend does. */
const unpromptedWindow = 60_000;

/** The legacy era on Streamable HTTP. */
export function createLegacyEra(context: BridgeContext): LegacyEra {
  const { http, log, stop } = context;
  let session = createSession();
  let initialize: Message | undefined;
  let initialized: Message | undefined;
  /** While it is there, requests and notifications wait for it. */
  let gate: Promise<unknown> | undefined;
  /**
   * While it is there, no session is known that a response could go to. The client's responses wait
   * for nothing else: the backend may need one to answer what everything else waits for.
   */
  let unknown: Promise<void> | undefined;
  /** How many requests wait for a session that are to do more than to read a list. */
  let acting = 0;
  const oneWay = createOneWayMessages({
    orderTimeout: context.orderTimeout,
    onError: (error) => log.warn(asProxyError(error).message),
  });
  let restoring: Promise<void> | undefined;
  const state = createSessionState();
  /** What the backend promised when the client began the session. */
  let promisedCapabilities: readonly string[] = [];
  /** What of that a restored session lacks. */
  let withdrawn: readonly string[] = [];

  /** @param until resolves with what it failed with, if those who wait have to know */
  function closeGate(until: Promise<unknown>) {
    const mine = until.catch(() => {}).then((failure) => {
      if (gate === mine) gate = undefined;
      return failure;
    });
    gate = mine;
  }

  /** @returns what ends the wait for a session */
  function awaitSession(): () => void {
    const known = Promise.withResolvers<void>();
    unknown = known.promise;
    return () => {
      if (unknown === known.promise) unknown = undefined;
      known.resolve();
    };
  }

  const restorations = createPace({ most: maxUnprompted, within: unpromptedWindow });
  const announcements = createPace({ most: maxUnprompted, within: unpromptedWindow });
  /** Loaded when an answer is suspicious for the first time: most bridges never need it. */
  let loaded: Promise<SessionRecovery> | undefined;
  const loadRecovery = () =>
    loaded ??= import("./session_recovery.ts").then(({ createSessionRecovery }) =>
      createSessionRecovery({ context, restore: restoreForRequest })
    );
  const recovery: SessionRecovery = {
    after: async (answer, message) => (await loadRecovery()).after(answer, message),
    isSessionRefused: async (answer, message) =>
      (await loadRecovery()).isSessionRefused(answer, message),
    isAlive: async (session) => (await loadRecovery()).isAlive(session),
  };
  const posting = { context, session: () => session, recovery };

  // Almost every request takes the short way, which therefore waits for nothing of its own.
  function request(exchange: Exchange): Promise<void> {
    if (exchange.request.method === "initialize") return begin(exchange);
    state.observe(exchange);
    if (gate) return requestBehindGate(exchange);
    if (withdrawn.length > 0) refuseIfWithdrawn(exchange);
    return postRequest(exchange, posting);
  }

  async function requestBehindGate(exchange: Exchange): Promise<void> {
    const since = performance.now();
    const isActing = !exchange.request.method.endsWith("/list");
    if (isActing) acting++;
    try {
      while (gate) {
        const failure = await abortable(gate, exchange.signal);
        if (isSharedFailure(failure, { since, window: context.retryWindow })) throw failure;
      }
    } finally {
      if (isActing) acting--;
    }
    refuseIfWithdrawn(exchange);
    await postRequest(exchange, posting);
  }

  /** A client goes on using what it was promised until it is started again. */
  function refuseIfWithdrawn({ request: { method } }: Exchange) {
    const capability = capabilityOf(method);
    if (capability === undefined || !withdrawn.includes(capability)) return;
    throw new ProxyError({
      category: "Backend error",
      what: `the backend was restarted and no longer offers ${capability}`,
      fix: "restart the client",
      reason: "capability_lost",
    });
  }

  /** The client begins a session; everything else waits for the backend's answer to that. */
  async function begin(exchange: Exchange): Promise<void> {
    end(AbortSignal.timeout(deleteTimeout)).catch(() => {});
    context.serverRequests.abandon();
    initialize = exchange.request;
    initialized = undefined;
    withdrawn = [];
    state.clear();
    const mine = session;
    const answered = Promise.withResolvers<unknown>();
    closeGate(answered.promise);
    const onSession = awaitSession();
    try {
      await performHandshake(exchange, {
        context,
        session: mine,
        onSession,
        onLeft: leaveUnused,
        onAnswer() {
          promisedCapabilities = Object.keys(mine.result?.capabilities ?? {});
          answered.resolve(undefined);
        },
      });
    } catch (error) {
      answered.resolve(error);
      throw error;
    } finally {
      onSession();
      answered.resolve(undefined);
    }
  }

  /** Gets a new session in place of a lost one, once for all who ask. */
  function restore(lost: Session, options: RestoreOptions): Promise<void> {
    // Not the gate, which may wait for the very notification that asks.
    if (lost !== session) return restoring ?? Promise.resolve();
    if (!restoring) {
      if (!options.isAwaited && !restorations.take()) return Promise.reject(lostTooOften());
      const onSession = awaitSession();
      restoring = renew(lost, { ...options, onSession }).finally(() => {
        onSession();
        restoring = undefined;
      });
      closeGate(restoring);
    }
    return restoring;
  }

  /** The client may have begun a session of its own meanwhile. */
  async function restoreForRequest(lost: Session, options: RestoreOptions) {
    await restore(lost, options);
    while (options.isAwaited && gate) await gate;
  }

  async function renew(lost: Session, options: RestoreOptions & { onSession: () => void }) {
    const { purpose, isTrial, isDoubtful = false, onSession } = options;
    if (!initialize) throw sessionLost("the backend does not know the session");
    const next = createSession();
    next.isDoubtful = isDoubtful;
    const answered = Promise.withResolvers<void>();
    const first = initialize;
    try {
      // Not to the end of its stream, which the backend may use for what it asks meanwhile.
      await Promise.race([
        answered.promise,
        ownRequest(
          createOwnExchange(first, purpose),
          (exchange, limit) =>
            performHandshake(exchange, {
              context,
              session: next,
              isTrial,
              limit,
              onLeft: leaveUnused,
              onAnswer() {
                limit[Symbol.dispose]();
                // What the backend asks behind its answer belongs to the new session.
                if (next.result && session === lost) replace(lost, next);
                answered.resolve();
              },
            }),
        ),
      ]);
      if (!next.result) throw sessionLost("the backend refuses to begin the lost session again");
    } catch (error) {
      leaveWhenIdle(next);
      throw error;
    }
    // The client has begun another session, or has gone: nobody wants this one any more.
    if (session !== next) return leaveWhenIdle(next);
    log.info("the backend has lost the session; it is begun again");
    const { capabilities } = next.result;
    for (const change of compareCapabilities(lost.result, next.result)) log.warn(change);
    withdrawn = promisedCapabilities.filter((name) => !(name in capabilities));
    onSession();
    if (initialized) {
      const again = initialized;
      await oneWay.atOnce(async (onSend) => {
        await postMessage(again, { context, session: next, purpose, onSend });
      }).passed;
      for (const request of state.requests()) await repeat(request, next, purpose);
      supervise(next);
    }
    announce(next);
  }

  function replace(lost: Session, next: Session) {
    session = next;
    leaveWhenIdle(lost);
    for (const id of context.serverRequests.abandon()) {
      context.toClient(cancelledNotification(id, "the backend has lost the session"));
    }
  }

  /** Tells the client that its lists may have changed; not so often that it does nothing but ask. */
  function announce(renewed: Session) {
    const { result, over: { signal } } = renewed;
    if (!result || signal.aborted) return;
    if (announcements.take()) {
      for (const line of listChangedNotifications(result)) context.toClient(line);
      return;
    }
    // A session that comes after it has its own turn.
    const timer = startTimer(() => announce(renewed), announcements.wait());
    signal.addEventListener("abort", timer.stop);
  }

  /** What is still being answered in it is waited for: another copy of the backend may know it. */
  function leaveWhenIdle(left: Session) {
    left.over.abort(sessionOver);
    const end = () => {
      left.onIdle = undefined;
      leave(left, AbortSignal.timeout(deleteTimeout)).catch((error) =>
        log.debug(`a session was not ended: ${describe(error)}`)
      );
    };
    if (left.open.size === 0) end();
    else left.onIdle = end;
  }

  /** Ends a session that nothing was done in. */
  function leaveUnused(id: string) {
    const unused = createSession();
    unused.id = id;
    leaveWhenIdle(unused);
  }

  /** Makes a setting of the lost session in the new one; the client knows of it already. */
  async function repeat(message: Message, into: Session, purpose: OutgoingRequest["purpose"]) {
    await ownRequest(
      createOwnExchange(message, purpose),
      (exchange, limit) =>
        postRequest(exchange, {
          context,
          limit,
          // Without a recovery: whoever waits for this session would wait for the next here, too.
          session: () => into,
        }),
    ).catch((error) =>
      log.warn(`${message.method} was not repeated: ${asProxyError(error).message}`)
    );
  }

  /**
   * Has a request of the bridge itself sent. Everything waits for it, so that it has a limit; the
   * end of the bridge ends it, too.
   */
  async function ownRequest(
    exchange: Exchange,
    send: (exchange: Exchange, limit: AcceptLimit) => Promise<void>,
  ) {
    const { acceptTimeout } = context;
    using limit = createAcceptLimit({
      acceptTimeout,
      stop,
      late: () => notBegunAgain(exchange.request.method, acceptTimeout),
    });
    const abort = () => exchange.abort(asProxyError(limit.signal.reason));
    limit.signal.addEventListener("abort", abort);
    stop.addEventListener("abort", abort);
    try {
      await send(exchange, limit);
      limit.signal.throwIfAborted();
    } finally {
      stop.removeEventListener("abort", abort);
    }
  }

  /** Keeps up what lasts as long as the session. */
  function supervise(session: Session) {
    if (session.over.signal.aborted) return;
    const options = { context, session, recovery };
    const lasting = [superviseServerStream(options)];
    if (context.keepAlive > 0) lasting.push(keepAlive(options));
    Promise.all(lasting).catch((error) => log.warn(asProxyError(error).message));
  }

  function send(message: Message): void {
    if (message.kind === "response") {
      if (context.serverRequests.isExpected(message)) oneWay.atOnce(() => respond(message));
      else log.debug("a response to a request of a lost session is dropped");
      return;
    }
    if (message.method === "notifications/cancelled") return void tellAtOnce(message);
    if (message.method === "notifications/initialized") return tellInitialized(message);
    oneWay.inOrder(async (onSend) => {
      while (gate) await gate;
      await post(message, onSend);
    });
  }

  async function respond(message: Message) {
    while (unknown) await unknown;
    await post(message);
  }

  /** A cancellation belongs to its request, and waits for no other notification. */
  function tellAtOnce(message: Message): Promise<void> {
    return oneWay.atOnce(async () => {
      while (gate) await gate;
      await post(message);
    }).taken;
  }

  function tellInitialized(message: Message) {
    initialized = message;
    const before = gate;
    const mine = session;
    // Not behind the notifications before it, all of which wait for this one.
    const { passed } = oneWay.atOnce(async (onSend) => {
      await before;
      await post(message, onSend);
    });
    closeGate(passed);
    passed.then(async () => {
      // Requests that have waited for the session leave before its stream is opened: over HTTP/1.1 a
      // stream keeps its connection, and whoever finds none that is free has to set one up, which takes
      // a round trip. But what a backend says on that stream because of a call or a subscription would
      // be lost, so that only lists are read first.
      if (acting === 0) await nextTurn();
      if (session === mine) supervise(mine);
    });
  }

  async function post(message: Message, onSend?: () => void): Promise<void> {
    const into = session;
    const outcome = await postMessage(message, {
      context,
      session: into,
      purpose: "client",
      onSend,
      recovery,
    });
    if (outcome !== "session lost") return;
    // A response belongs to a request of the lost session, which nobody there waits for any more.
    // The initialized notification was sent again already, and a cancellation means nothing there.
    const isStale = message.kind === "response" || message === initialized ||
      message.method === "notifications/cancelled";
    if (!isStale) await postMessage(message, { context, session, purpose: "client", onSend });
  }

  function end(signal: AbortSignal): Promise<void> {
    const left = session;
    session = createSession();
    return leave(left, signal);
  }

  async function leave({ id, headers, over }: Session, signal: AbortSignal) {
    over.abort(sessionOver);
    if (id === undefined) return;
    await http.send(
      { method: "DELETE", headers, purpose: "background", signal, isQuestion: true },
      async (response) => await response.body?.cancel(),
    );
  }

  return {
    request,
    send,
    cancel: (message, exchange) => void carryCancellation(exchange, () => tellAtOnce(message)),
    flushed: oneWay.settled,
    end,
  };
}

const sessionOver = new ProxyError({
  category: "Backend error",
  what: "the session is over",
  fix: "restart the client",
  reason: "session_over",
});

function lostTooOften(): ProxyError {
  return sessionLost(
    `the backend has lost the session ${maxUnprompted} times within ${
      unpromptedWindow / 1000
    } s; the next request begins it again`,
  );
}

function notBegunAgain(method: string, acceptTimeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend has lost the session and did not answer ${method} within ${
      acceptTimeout / 1000
    } s`,
    fix: "try again, or look at the backend's log",
    reason: "session_lost",
  });
}

function sessionLost(what: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what,
    fix: "restart the client",
    reason: "session_lost",
  });
}
