import { asProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { isEventStream } from "../http/content_type.ts";
import { readErrorBody } from "../http/read_error_body.ts";
import { textOf } from "../json/scan_json.ts";
import { type Message, scanMessage } from "../jsonrpc/scan_message.ts";
import { createOneWayMessages } from "../one_way_messages.ts";
import { postOneWay } from "../post_one_way.ts";
import { readAnswer, readFailure } from "../read_answer.ts";
import { readAnswerEvents } from "../read_answer_events.ts";
import { createRetryPolicy, type RetryPolicy } from "../retry_policy.ts";
import { streamEnded } from "../stream_ended.ts";
import { createKnownTools } from "./known_tools.ts";
import { requestHeaders } from "./request_headers.ts";
import { parameterHeaders } from "./tool_parameters.ts";

/** Carries the messages of protocol version 2026-07-28, in which every request stands for itself. */
export interface ModernEra {
  /** Takes a request of the client; sees to it that it is answered. */
  request(exchange: Exchange): Promise<void>;
  /** Takes a notification of the client. */
  send(message: Message): void;
  /** Resolves when all that was taken by {@linkcode send} is sent. */
  flushed(): Promise<void>;
}

/** The error code by which a backend says that header fields and body differ, as a schema is out of date. */
const headerMismatch = -32020;
/** A list of tools with more pages than this is not asked for to the end. */
const maxPages = 50;

/** The modern era of one bridge. */
export function createModernEra(context: BridgeContext): ModernEra {
  const { http, log } = context;
  const tools = createKnownTools(log);
  const oneWay = createOneWayMessages({
    orderTimeout: context.orderTimeout,
    onError: (error) => log.warn(asProxyError(error).message),
  });

  async function request(exchange: Exchange): Promise<void> {
    if (exchange.request.method === "tools/list") exchange.beforeAnswer(tools.learn);
    await postRequest(exchange);
  }

  async function postRequest(exchange: Exchange): Promise<void> {
    const { request, signal } = exchange;
    let retries: RetryPolicy | undefined;
    let isRefreshed = false;
    while (!exchange.isAnswered) {
      // A client that does not read its answers is not fetched more of them.
      const full = context.whenWritable();
      if (full) await abortable(full, signal);
      try {
        const mismatched = await http.send({
          method: "POST",
          headers: headersOf(request),
          body: request.bytes,
          purpose: exchange.purpose,
          signal,
          onSend: () => exchange.sentAt = performance.now(),
        }, async (response, alive) => {
          if (response.ok) {
            await readGood(response, { exchange, alive });
            return false;
          }
          const body = await readErrorBody(response, { maxBytes: context.maxMessageBytes, signal });
          const canRefresh = request.method === "tools/call" && !isRefreshed;
          if (canRefresh && errorCodeOf(body) === headerMismatch) return true;
          readFailure(response, { exchange, context, body });
          return false;
        });
        if (!mismatched) return;
        isRefreshed = true;
        log.debug("the backend's tools have changed; their list is fetched again");
        await refreshTools(request, signal).catch(() => {});
        signal.throwIfAborted();
      } catch (error) {
        if (exchange.isAnswered) return;
        exchange.sentAt = 0;
        retries ??= createRetryPolicy({
          method: request.method,
          window: context.retryWindow,
          signal,
          onRetry: (failure) => exchange.lastFailure = failure,
        });
        await retries.afterFailure(error);
        log.debug(`${request.method} is sent again`);
      }
    }
  }

  async function readGood(
    response: Response,
    { exchange, alive }: { exchange: Exchange; alive: () => void },
  ): Promise<void> {
    if (!response.body || !isEventStream(response)) {
      return await readAnswer(response, { exchange, context });
    }
    const ending = await readAnswerEvents(response.body, { exchange, context, onBytes: alive });
    if (!exchange.isAnswered) throw streamEnded(ending, exchange.request.method);
  }

  function headersOf(message: Message): Record<string, string> {
    const headers = requestHeaders(message);
    if (message.method !== "tools/call" || message.name === undefined) return headers;
    const parameters = tools.parametersOf(message.name);
    if (parameters.length === 0) return headers;
    return { ...headers, ...parameterHeaders(parameters, paramsOf(message)?.arguments) };
  }

  /** Lists the tools under the name of a call that was refused because of an outdated schema. */
  async function refreshTools(call: Message, signal: AbortSignal): Promise<void> {
    const _meta = paramsOf(call)?._meta;
    let cursor: unknown;
    for (let page = 1; page <= maxPages; page++) {
      const list = scanMessage(encoder.encode(JSON.stringify({
        jsonrpc: "2.0",
        id: `authful-mcp-proxy-tools-${page}`,
        method: "tools/list",
        params: { _meta, cursor },
      })));
      if (list.kind !== "request") return;
      const exchange = createOwnExchange(list, "client");
      cursor = undefined;
      exchange.beforeAnswer((answer) => {
        if (!answer.isError) cursor = nextCursorOf(answer);
        return tools.learn(answer);
      });
      const abort = () => exchange.abort(signal.reason);
      signal.addEventListener("abort", abort);
      try {
        await postRequest(exchange);
      } finally {
        signal.removeEventListener("abort", abort);
      }
      if (typeof cursor !== "string") return;
    }
  }

  return {
    request,
    send: (message) =>
      void oneWay.inOrder((onSend) =>
        postOneWay(message, { context, headers: requestHeaders(message), onSend })
      ),
    flushed: oneWay.settled,
  };
}

function paramsOf(message: Message): { _meta?: unknown; arguments?: unknown } | undefined {
  if (message.bodyStart === -1) return undefined;
  return JSON.parse(textOf(message.bytes, message.bodyStart, message.bodyEnd));
}

function nextCursorOf({ bytes, bodyStart, bodyEnd }: Message): unknown {
  return JSON.parse(textOf(bytes, bodyStart, bodyEnd))?.nextCursor;
}

function errorCodeOf(body: Uint8Array): unknown {
  const scanned = scanMessage(body);
  if (scanned.kind !== "response" || !scanned.isError) return undefined;
  return JSON.parse(textOf(body, scanned.bodyStart, scanned.bodyEnd))?.code;
}

const encoder = new TextEncoder();
