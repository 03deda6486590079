import { asProxyError, ProxyError } from "../../errors.ts";
import { abortable, pause } from "../abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { answerCancelled, createExchange, type Exchange, requestCancelled } from "../exchange.ts";
import { type Message, scanMessage } from "../message/scan_message.ts";
import type { LegacyEra } from "./era.ts";
import { postHeaders, postRequest } from "./post_request.ts";
import { comparePromises, listChangedNotifications } from "./restored_session.ts";
import { superviseServerStream } from "./server_stream.ts";
import { createSession, initializeResultOf, type Session } from "./session.ts";
import { isSessionLost } from "./session_lost.ts";

/** A cancellation waits this long for its request to arrive before it. */
const cancelAfter = 250;
/** How long the backend may take to accept a notification or a response. */
const acceptTimeout = 30_000;

/** The legacy era on Streamable HTTP. */
export function createLegacyEra(context: BridgeContext): LegacyEra {
  const { http, log, stop } = context;
  let session = createSession();
  let initialize: Message | undefined;
  let initialized: Message | undefined;
  /** While it is there, everything else waits for it. */
  let gate: Promise<void> | undefined;
  /** The notifications and responses on their way, one after the other. */
  let telling: Promise<void> = Promise.resolve();
  let restoring: Promise<void> | undefined;

  function closeGate(until: Promise<void>) {
    const mine = until.catch(() => {}).then(() => {
      if (gate === mine) gate = undefined;
    });
    gate = mine;
  }

  async function gateOpen(signal: AbortSignal) {
    while (gate) await abortable(gate, signal);
  }

  async function request(exchange: Exchange) {
    if (exchange.request.method === "initialize") return await begin(exchange);
    if (gate) await gateOpen(exchange.signal);
    await postRequest(exchange, { context, session: () => session, restore });
  }

  /** The client begins a session; everything else waits for the backend's answer to that. */
  function begin(exchange: Exchange): Promise<void> {
    end(AbortSignal.any([stop, AbortSignal.timeout(acceptTimeout)])).catch(() => {});
    const mine = session = createSession();
    initialize = exchange.request;
    initialized = undefined;
    const answered = Promise.withResolvers<void>();
    closeGate(answered.promise);
    return handshake(mine, exchange).finally(answered.resolve);

    function handshake(into: Session, by: Exchange) {
      by.beforeAnswer((response) => {
        into.result = initializeResultOf(response);
        answered.resolve();
        return response;
      });
      return postRequest(by, {
        context,
        session: () => into,
        restore: () => Promise.reject(new Error("a session cannot be lost before it began")),
        onHeaders: (headers) => into.id = sessionIdOf(headers),
      });
    }
  }

  function sessionIdOf(headers: Headers): string | undefined {
    const id = headers.get("mcp-session-id") ?? undefined;
    if (id === undefined || /^[\x21-\x7e]+$/.test(id)) return id;
    log.warn("the backend's session id has characters that it must not have; it is not used");
    return undefined;
  }

  /** Gets a new session in place of a lost one, once for all who ask. */
  function restore(lost: Session): Promise<void> {
    if (lost !== session) return gate ?? Promise.resolve();
    if (!restoring) {
      restoring = renewSession(lost).finally(() => restoring = undefined);
      closeGate(restoring);
    }
    return restoring;
  }

  async function renewSession(lost: Session) {
    if (!initialize) {
      throw new ProxyError({
        category: "Backend error",
        what: "the backend does not know the session",
        todo: "restart the client",
        reason: "session_lost",
      });
    }
    log.info("the backend has lost the session; it is begun again");
    lost.over.abort(sessionOver);
    const next = createSession();
    let response: Message | undefined;
    const exchange = createExchange(initialize, (line) => {
      const scanned = scanMessage(line);
      if (scanned.kind === "response") response = scanned;
    });
    const abort = () => exchange.abort(asProxyError(stop.reason));
    stop.addEventListener("abort", abort, { once: true });
    try {
      await postRequest(exchange, {
        context,
        session: () => next,
        restore: () => Promise.reject(new Error("a session cannot be lost before it began")),
        onHeaders: (headers) => next.id = sessionIdOf(headers),
      });
    } finally {
      stop.removeEventListener("abort", abort);
    }
    next.result = response && initializeResultOf(response);
    if (!next.result) {
      throw new ProxyError({
        category: "Backend error",
        what: "the backend refuses to begin the lost session again",
        todo: "restart the client",
        reason: "session_lost",
      });
    }
    for (const change of comparePromises(lost.result, next.result)) log.warn(change);
    session = next;
    if (initialized) {
      await post(initialized, next).catch((error) => log.warn(asProxyError(error).message));
      openServerStream(next);
    }
    for (const line of listChangedNotifications(next.result)) context.toClient(line);
  }

  function openServerStream(of: Session) {
    superviseServerStream({ context, session: of, restore }).catch((error) => {
      log.warn(asProxyError(error).message);
    });
  }

  /** Sends a notification or a response and waits until the backend has taken it. */
  async function post(message: Message, into: Session): Promise<void> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(acceptTimeout)]);
    const response = await http.send({
      method: "POST",
      headers: { ...postHeaders, ...into.headers },
      body: message.bytes,
      purpose: "client",
      signal,
    });
    if (response.ok) {
      await response.body?.cancel();
      return;
    }
    const body = await response.bytes();
    if (!isSessionLost(response.status, body, into)) {
      log.warn(
        `the backend did not take ${nameOf(message)} (HTTP ${response.status}); it is dropped`,
      );
      return;
    }
    await restore(into);
    // A response belongs to a request of the lost session, which nobody there waits for any more.
    // The initialized notification was sent again already, and a cancellation means nothing there.
    const isStale = message.kind === "response" || message === initialized ||
      message.method === "notifications/cancelled";
    if (!isStale) await post(message, session);
  }

  function tell(message: Message) {
    const before = telling;
    const opened = gate;
    const sent = (async () => {
      await before;
      await opened;
      if (message.method !== "notifications/initialized") { while (gate) await gate; }
      await post(message, session);
    })().catch((error) => {
      if (!stop.aborted) {
        log.warn(`${nameOf(message)} was not sent: ${asProxyError(error).message}`);
      }
    });
    telling = sent;
    if (message.method !== "notifications/initialized") return;
    initialized = message;
    const mine = session;
    closeGate(sent);
    sent.then(() => {
      if (session === mine && !stop.aborted) openServerStream(mine);
    });
  }

  async function cancel(message: Message, exchange: Exchange) {
    if (exchange.sentAt === 0) return exchange.abort(requestCancelled());
    if (!exchange.hasResponse) {
      const sent = performance.now() - exchange.sentAt;
      await pause(Math.max(0, cancelAfter - sent), exchange.signal);
    }
    tell(message);
    await telling;
    await answerCancelled(exchange);
  }

  async function end(signal: AbortSignal) {
    const { id, headers, over } = session;
    over.abort(sessionOver);
    if (id === undefined) return;
    const response = await http.send({
      method: "DELETE",
      headers,
      purpose: "background",
      signal,
    });
    await response.body?.cancel();
  }

  return {
    request,
    tell,
    cancel: (message, exchange) => void cancel(message, exchange).catch(() => {}),
    told: () => telling,
    end,
  };
}

const sessionOver = new ProxyError({
  category: "Backend error",
  what: "the session is over",
  todo: "start the client again",
  reason: "session_over",
});

function nameOf(message: Message): string {
  return message.kind === "response" ? "a response" : message.method;
}
