import { asProxyError } from "../../errors.ts";
import { abortable } from "../../abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { answerCancelled, createExchange, type Exchange, requestCancelled } from "../exchange.ts";
import { fromBackend } from "../from_backend.ts";
import { messageTooLong, readBody } from "../http/read_body.ts";
import { idKey } from "../message/id_key.ts";
import { type Message, scanMessage } from "../message/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
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

/**
 * Carries the client's messages over HTTP+SSE: all answers come on one stream, whose end is the end
 * of the session. The next message begins a new one, as the client began the first.
 */
export function createSseEra(context: BridgeContext): SseEra {
  const { http, log, stop } = context;
  let channel: EventChannel | undefined;
  let connecting: Promise<EventChannel> | undefined;
  let initialize: Message | undefined;
  let initialized: Message | undefined;
  /** The exchanges whose answers are to come on the stream. */
  const waiting = new Set<Exchange>();
  /** Each message is sent when the one before has arrived. */
  let turns: Promise<void> = Promise.resolve();

  function connected(): Promise<EventChannel> {
    if (channel) return Promise.resolve(channel);
    return connecting ??= open().finally(() => connecting = undefined);
  }

  async function open(): Promise<EventChannel> {
    let isTooLong = false;
    let isGivenUp = false;
    const next = await openEventChannel({
      context,
      onMessage: (data) => deliver(data),
      onTooLong() {
        isTooLong = true;
        const [exchange, another] = waiting;
        // Whose answer it was is not known when several wait.
        if (exchange && !another) exchange.abort(messageTooLong(context.maxMessageBytes));
        else log.warn(`a message longer than ${context.maxMessageBytes} bytes is dropped`);
      },
    });
    next.ended.then(() => {
      if (channel === next) channel = undefined;
      if (isGivenUp) return;
      for (const exchange of waiting) {
        exchange.abort(isTooLong ? messageTooLong(context.maxMessageBytes) : streamEnded("broken"));
      }
    });
    channel = next;
    try {
      if (initialize) await beginAgain(next, initialize);
    } catch (error) {
      // Nothing but the handshake was sent on it, and nobody may go on with half a session.
      isGivenUp = true;
      channel = undefined;
      next.close();
      throw error;
    }
    return next;
  }

  /** The hidden exchanges of the bridge itself are not among the client's requests. */
  function deliver(data: Uint8Array) {
    const scanned = scanMessage(data);
    const own = scanned.kind === "response"
      ? [...waiting].find(({ request }) => idKey(request.id) === idKey(scanned.id))
      : undefined;
    fromBackend(data, own, context);
  }

  async function beginAgain(into: EventChannel, first: Message) {
    log.info("the stream of the backend has ended; the session is begun again");
    const exchange = createExchange(first, () => {});
    await ask(exchange, () => post(first.bytes, into, exchange));
    if (initialized) await post(initialized.bytes, into);
  }

  async function post(bytes: Uint8Array, into: EventChannel, exchange?: Exchange): Promise<void> {
    const signal = exchange?.signal ?? stop;
    await http.send({
      method: "POST",
      url: into.endpoint,
      headers: { "content-type": "application/json", "accept": "application/json" },
      body: bytes,
      purpose: "client",
      signal,
      onSend: () => {
        if (exchange) exchange.sentAt = performance.now();
      },
    }, async (response) => {
      const body = await readBody(response, {
        maxBytes: context.maxMessageBytes,
        url: context.url,
        signal,
      });
      if (response.ok) return;
      if (exchange) return readFailure(response, { exchange, context, body });
      log.warn(`the backend did not take a message (HTTP ${response.status}); it is dropped`);
    });
  }

  /** Does what is to be done once everything before it has arrived. */
  function inTurn<T>(send: () => Promise<T>): Promise<T> {
    const sent = turns.then(send);
    turns = sent.then(() => {}, () => {});
    return sent;
  }

  /** Has a request sent and waits for its answer on the stream. */
  async function ask(exchange: Exchange, send: () => Promise<void>) {
    const answered = Promise.withResolvers<void>();
    exchange.beforeAnswer((response) => {
      answered.resolve();
      return response;
    });
    waiting.add(exchange);
    try {
      await abortable(send(), exchange.signal);
      if (!exchange.isAnswered) await abortable(answered.promise, exchange.signal);
    } finally {
      waiting.delete(exchange);
    }
  }

  async function send(exchange: Exchange) {
    const { request, signal } = exchange;
    if (signal.aborted) return;
    if (request.method === "initialize") {
      // The stream is the session: a client that begins a second one gets a second stream.
      if (initialize) channel?.close();
      if (initialize) channel = undefined;
      initialize = initialized = undefined;
    }
    const into = await connected();
    if (request.method === "initialize") initialize = request;
    await post(request.bytes, into, exchange);
  }

  async function request(exchange: Exchange): Promise<void> {
    const retries = createRetryPolicy({
      method: exchange.request.method,
      window: context.retryWindow,
      signal: exchange.signal,
    });
    while (!exchange.isAnswered) {
      try {
        await ask(exchange, () => inTurn(() => send(exchange)));
      } catch (error) {
        if (exchange.isAnswered) return;
        exchange.sentAt = 0;
        await retries.afterFailure(error);
      }
    }
  }

  function tell(message: Message) {
    if (message.method === "notifications/initialized") initialized = message;
    inTurn(async () => await post(message.bytes, await connected())).catch((error) => {
      if (!stop.aborted) log.warn(`a message was not sent: ${asProxyError(error).message}`);
    });
  }

  return {
    request,
    tell,
    cancel(message, exchange) {
      if (exchange.sentAt === 0) return exchange.abort(requestCancelled());
      tell(message);
      answerCancelled(exchange);
    },
    told: () => turns,
    end() {
      channel?.close();
      return Promise.resolve();
    },
    async connect() {
      await connected();
    },
  };
}
