import type { BridgeContext } from "./bridge_context.ts";
import type { Exchange } from "./exchange.ts";
import { fromBackend, fromBackendInTurns } from "./from_backend.ts";
import { describeContent, isJson } from "./http/content_type.ts";
import { readBody } from "./http/read_body.ts";
import { statusFailure } from "./http/status_failure.ts";
import { scanMessage } from "./jsonrpc/scan_message.ts";
import { noAnswer } from "./no_answer.ts";
import { isReadOnly } from "./retry_policy.ts";

/** Whose answer is read, and in which bridge. */
export interface ReadAnswerOptions {
  /** The request that was sent. */
  exchange: Exchange;
  /** The running bridge. */
  context: BridgeContext;
}

/**
 * Reads a good HTTP answer that is no event stream; `readAnswerEvents` reads those.
 *
 * @throws {ProxyError} when there is no answer to the request in it
 */
export async function readAnswer(
  response: Response,
  { exchange, context }: ReadAnswerOptions,
): Promise<void> {
  if (isJson(response)) {
    const body = await readBody(response, {
      maxBytes: context.maxMessageBytes,
      url: context.url,
      signal: exchange.signal,
    });
    if (body.length > 0) {
      const isMessage = await fromBackendInTurns(body, exchange, context);
      if (exchange.isAnswered) return;
      throw noAnswer(isMessage ? "with an answer to another request" : "with invalid JSON-RPC");
    }
    throw noAnswer(`by HTTP ${response.status} without content`);
  }
  const how = describeContent(response);
  await response.body?.cancel();
  throw noAnswer(`by HTTP ${response.status} ${how}`);
}

/**
 * Takes an HTTP error: a JSON-RPC error in its body is the answer to the request.
 *
 * @throws {ProxyError} when there is none in it
 */
export function readFailure(
  response: Response,
  { exchange, context, body }: ReadAnswerOptions & { body: Uint8Array },
): void {
  const failure = statusFailure(response, {
    ...context.http.known,
    body,
    mayHaveEffect: !isReadOnly(exchange.request.method),
  });
  if (failure.transient) throw failure;
  // Many HTTP errors have a body of JSON that is no message, and is none to complain about.
  if (isJson(response) && isResponse(body)) fromBackend(body, exchange, context);
  if (!exchange.isAnswered) throw failure;
}

function isResponse(body: Uint8Array): boolean {
  const { kind } = scanMessage(body);
  return kind === "response" || kind === "batch";
}
