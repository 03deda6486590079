import { asProxyError, ProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import { type AcceptLimit, createAcceptLimit } from "../accept_limit.ts";
import { startTimer, type Timer } from "../../base/timer.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { carryCancellation } from "../carry_cancellation.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { fromBackendInTurns, passedOn } from "../from_backend.ts";
import { messageTooLong, readBody } from "../http/read_body.ts";
import { readErrorBody } from "../http/read_error_body.ts";
import type { LegacyEra } from "../legacy/era.ts";
import { cancelledNotification } from "../jsonrpc/cancelled_notification.ts";
import { type CutMessage, readCutResponse } from "../jsonrpc/cut_response.ts";
import { idKey } from "../jsonrpc/id_key.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { createOneWayMessages } from "../one_way_messages.ts";
import { postOneWay } from "../post_one_way.ts";
import { readFailure } from "../read_answer.ts";
import { createRetryPolicy } from "../retry_policy.ts";
import { streamEnded } from "../stream_ended.ts";
import { type EventChannel, openEventChannel } from "./event_channel.ts";

/** The legacy era on the deprecated HTTP+SSE transport (MCP 2024-11-05). */
export interface SseEra extends LegacyEra {
  /**
   * Opens the stream if there is none.
   *
   * @throws {ProxyError} when the backend does not speak this transport
   */
  connect(): Promise<void>;
}

/** One stream, which is one session, and the requests whose answers are to come on it. */
interface Connection {
  channel: EventChannel;
  /** What ends the wait for each of them. */
  waiting: Map<Exchange, (error: ProxyError) => void>;
  /** How many messages were too long to find out whose they were. */
  tooLong: number;
}

/** The header fields of every POST. */
const postHeaders = { "content-type": "application/json", "accept": "application/json" } as const;
/** How long the POST of a request may last when the answer is there, in milliseconds. */
const lingerAfterAnswer = 5_000;

/**
 * Carries the client's messages over HTTP+SSE: all answers come on one stream, whose end is the end
 * of the session. The next message begins a new one, as the client began the first.
 *
 * Every message has a POST of its own, and waits for another one only where the protocol orders them:
 * some backends answer a POST when they have handled the message, and ask the client meanwhile.
 */
export function createSseEra(context: BridgeContext): SseEra {
  const { http, log } = context;
  let connection: Connection | undefined;
  let connecting: Promise<Connection> | undefined;
  let initialize: Message | undefined;
  let initialized: Message | undefined;
  /** While it is there, requests and notifications wait for it. */
  let gate: Promise<void> | undefined;
  /** On whose behalf the stream is opened. */
  let purpose: OutgoingRequest["purpose"] = "client";
  const oneWay = createOneWayMessages({
    orderTimeout: context.orderTimeout,
    onError: (error) => log.warn(`a message was not sent: ${asProxyError(error).message}`),
  });

  function closeGate(until: Promise<void>) {
    const mine = until.catch(() => {}).then(() => {
      if (gate === mine) gate = undefined;
    });
    gate = mine;
  }

  /** The session to send in, begun again when its stream has ended. */
  function connected(): Promise<Connection> {
    if (connecting) return connecting;
    if (connection) return Promise.resolve(connection);
    return connecting = open().finally(() => connecting = undefined);
  }

  async function open(): Promise<Connection> {
    const waiting: Connection["waiting"] = new Map();
    const channel = await openEventChannel({
      context,
      purpose,
      onMessage: (data) => deliver(data, waiting),
      onTooLong: (cut) => dropTooLong(next, cut),
    });
    const next: Connection = { channel, waiting, tooLong: 0 };
    channel.ended.then(() => {
      if (connection === next) {
        connection = undefined;
        for (const id of context.serverRequests.abandon()) {
          context.toClient(cancelledNotification(id, "the backend has lost the session"));
        }
      }
      const tooLong = next.tooLong > 0 ? messageTooLong(context.maxMessageBytes) : undefined;
      for (const [{ request }, end] of [...waiting]) {
        end(tooLong ?? streamEnded("broken", request.method));
      }
    });
    connection = next;
    try {
      if (initialize) await beginAgain(next, initialize);
    } catch (error) {
      // Nobody may go on with half a session.
      leave();
      throw error;
    }
    return next;
  }

  function leave() {
    connection?.channel.close();
    connection = undefined;
  }

  /** The hidden exchanges of the bridge itself are not among the client's requests. */
  function deliver(data: Uint8Array, waiting: Connection["waiting"]) {
    return passedOn(fromBackendInTurns(data, ({ id }) => withId(id, waiting), context));
  }

  function dropTooLong(next: Connection, cut: CutMessage) {
    const { mayBeResponse, id } = readCutResponse(cut);
    const error = messageTooLong(context.maxMessageBytes);
    const own = id === undefined ? undefined : withId(id, next.waiting);
    if (own) return next.waiting.get(own)?.(error);
    log.warn(`a message longer than ${context.maxMessageBytes} bytes is dropped`);
    if (!mayBeResponse || id !== undefined) return;
    next.tooLong++;
    endTooLong(next);
  }

  /** Whose answers were too long is known at last when nobody else waits. */
  function endTooLong({ waiting, tooLong }: Connection) {
    if (waiting.size > tooLong) return;
    for (const end of [...waiting.values()]) end(messageTooLong(context.maxMessageBytes));
  }

  async function beginAgain(into: Connection, first: Message) {
    log.info("the stream of the backend has ended; the session is begun again");
    const exchange = createOwnExchange(first, "client");
    // Everything waits for it.
    using limit = createAcceptLimit({ ...context, late: () => notBegunAgain(context) });
    const late = () => exchange.abort(asProxyError(limit.signal.reason));
    limit.signal.addEventListener("abort", late);
    await ask(exchange, { into, limit });
    limit.signal.throwIfAborted();
    const again = initialized;
    if (!again) return;
    await oneWay.atOnce((onSend) => tellInto(into, again, onSend)).passed;
  }

  /** Has a request sent and waits for its answer on the stream. */
  async function ask(
    exchange: Exchange,
    { into, limit }: { into: Connection; limit?: AcceptLimit },
  ): Promise<void> {
    const attempt = new AbortController();
    const abort = () => attempt.abort(exchange.signal.reason);
    const answered = Promise.withResolvers<void>();
    let linger: Timer | undefined;
    exchange.beforeAnswer((response) => {
      linger ??= startTimer(() => attempt.abort(), lingerAfterAnswer);
      answered.resolve();
      return response;
    });
    exchange.signal.addEventListener("abort", abort);
    into.waiting.set(exchange, (error) => attempt.abort(error));
    try {
      await abortable(post(exchange, { into, signal: attempt.signal, limit }), attempt.signal);
      if (!exchange.isAnswered) await abortable(answered.promise, attempt.signal);
    } catch (error) {
      if (!exchange.isAnswered) throw error;
    } finally {
      linger?.stop();
      exchange.signal.removeEventListener("abort", abort);
      into.waiting.delete(exchange);
      if (into.tooLong > 0) endTooLong(into);
    }
  }

  async function post(
    exchange: Exchange,
    { into, signal, limit }: { into: Connection; signal: AbortSignal; limit?: AcceptLimit },
  ): Promise<void> {
    exchange.hasResponse = false;
    await http.send({
      method: "POST",
      url: into.channel.endpoint,
      headers: postHeaders,
      body: exchange.request.bytes,
      purpose: exchange.purpose,
      signal,
      onSend() {
        exchange.sentAt = performance.now();
        limit?.onSend();
      },
      onRefusal: () => limit?.onRefusal(),
    }, async (response) => {
      exchange.hasResponse = true;
      const { maxMessageBytes: maxBytes, url } = context;
      if (response.ok) return void await readBody(response, { maxBytes, url, signal });
      const body = await readErrorBody(response, { maxBytes, signal });
      readFailure(response, { exchange, context, body });
    });
  }

  async function request(exchange: Exchange): Promise<void> {
    const { request: { method }, signal } = exchange;
    const retries = createRetryPolicy({
      method,
      window: context.retryWindow,
      signal,
      onRetry: (failure) => exchange.lastFailure = failure,
    });
    while (!exchange.isAnswered) {
      try {
        if (method === "initialize") await begin(exchange);
        else await ask(exchange, { into: await abortable(connectedBehindGate(), signal) });
      } catch (error) {
        if (exchange.isAnswered) return;
        exchange.sentAt = 0;
        await retries.afterFailure(error);
      }
    }
  }

  async function connectedBehindGate(): Promise<Connection> {
    while (gate) await gate;
    return await connected();
  }

  /** The client begins a session; everything else waits for the backend's answer to that. */
  async function begin(exchange: Exchange): Promise<void> {
    const answered = Promise.withResolvers<void>();
    closeGate(answered.promise);
    exchange.beforeAnswer((response) => {
      answered.resolve();
      return response;
    });
    try {
      // The stream is the session: a client that begins a second one gets a second stream.
      await connecting?.catch(() => {});
      if (initialize) leave();
      context.serverRequests.abandon();
      initialize = initialized = undefined;
      purpose = exchange.purpose;
      const into = await abortable(connected(), exchange.signal).finally(() => purpose = "client");
      initialize = exchange.request;
      await ask(exchange, { into });
    } finally {
      answered.resolve();
    }
  }

  function send(message: Message): void {
    if (message.kind === "response") {
      if (context.serverRequests.isExpected(message)) {
        oneWay.atOnce((onSend) => respond(message, onSend));
      } else log.debug("a response to a request of a lost session is dropped");
    } else if (message.method === "notifications/initialized") {
      tellInitialized(message);
    } else if (message.method === "notifications/cancelled") {
      void tellAtOnce(message);
    } else {
      oneWay.inOrder(async (onSend) => tellInto(await connectedBehindGate(), message, onSend));
    }
  }

  /** Nothing but the stream is waited for: the backend may need the response to go on at all. */
  async function respond(message: Message, onSend: () => void) {
    await tellInto(connection ?? await connected(), message, onSend);
  }

  function tellAtOnce(message: Message): Promise<void> {
    return oneWay.atOnce(async (onSend) => tellInto(await connectedBehindGate(), message, onSend))
      .taken;
  }

  function tellInitialized(message: Message) {
    initialized = message;
    const before = gate;
    const { passed } = oneWay.atOnce(async (onSend) => {
      await before;
      await tellInto(await connected(), message, onSend);
    });
    closeGate(passed);
  }

  function tellInto(into: Connection, message: Message, onSend: () => void): Promise<void> {
    return postOneWay(message, {
      context,
      url: into.channel.endpoint,
      headers: postHeaders,
      onSend,
    });
  }

  return {
    request,
    send,
    cancel: (message, exchange) => void carryCancellation(exchange, () => tellAtOnce(message)),
    flushed: oneWay.settled,
    end() {
      leave();
      return Promise.resolve();
    },
    async connect() {
      await connected();
    },
  };
}

function notBegunAgain({ acceptTimeout }: BridgeContext): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: "the stream of the backend has ended, and in the new one it did not answer initialize " +
      `within ${acceptTimeout / 1000} s`,
    fix: "try again, or look at the backend's log",
    reason: "session_lost",
  });
}

function withId(id: string, waiting: Connection["waiting"]): Exchange | undefined {
  const key = idKey(id);
  return [...waiting.keys()].find(({ request }) => idKey(request.id) === key);
}
