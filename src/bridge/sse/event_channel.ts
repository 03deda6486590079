import { excerpt } from "../../base/excerpt.ts";
import { ProxyError } from "../../base/errors.ts";
import { createAcceptLimit } from "../accept_limit.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { isEventStream } from "../http/content_type.ts";
import { readErrorBody } from "../http/read_error_body.ts";
import { readEvents } from "../http/read_events.ts";
import { statusFailure } from "../http/status_failure.ts";
import type { CutMessage } from "../jsonrpc/cut_response.ts";

/** The one stream on which a backend of HTTP+SSE sends all its messages. */
export interface EventChannel {
  /** Where the client's messages are posted to. */
  readonly endpoint: URL;
  /** Settles when the stream has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Closes it. */
  close(): void;
}

/** What {@linkcode openEventChannel} needs. */
export interface EventChannelOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** On whose behalf it is opened. */
  purpose: OutgoingRequest["purpose"];
  /** Receives each message; the next one waits for what it returns. */
  onMessage(data: Uint8Array): Promise<void> | undefined;
  /** Called for each message that was too long, with both of its ends. */
  onTooLong(cut: CutMessage): void;
}

/** A backend names its endpoint at once; one that has not after this long never will. */
const endpointTimeout = 10_000;

/**
 * Opens the stream of the deprecated HTTP+SSE transport (MCP 2024-11-05) and waits for its
 * `endpoint` event.
 *
 * @throws {ProxyError} when the backend does not offer one on its own origin
 */
export async function openEventChannel(options: EventChannelOptions): Promise<EventChannel> {
  const { context, onMessage, onTooLong } = options;
  const closing = new AbortController();
  // It runs while the backend is asked, not while a person signs in.
  const limit = createAcceptLimit({
    acceptTimeout: Math.min(endpointTimeout, context.acceptTimeout),
    stop: context.stop,
    late: () => noEndpoint("in time"),
  });
  const signal = AbortSignal.any([context.stop, limit.signal, closing.signal]);
  const endpoint = Promise.withResolvers<URL>();
  const nameEndpoint = (data: Uint8Array) => {
    try {
      endpoint.resolve(endpointOf(data, context.url));
    } catch (error) {
      endpoint.reject(error);
    }
  };
  async function read(response: Response, alive: () => void): Promise<void> {
    if (!response.ok) {
      const body = await readErrorBody(response, { maxBytes: context.maxMessageBytes, signal });
      throw statusFailure(response, { ...context.http.known, body });
    }
    if (!response.body || !isEventStream(response)) {
      await response.body?.cancel();
      throw noEndpoint("as it sends no events");
    }
    await readEvents(response.body, {
      maxBytes: context.maxMessageBytes,
      whenWritable: context.whenWritable,
      signal,
      onBytes: alive,
      onTooLong,
      onEvent: ({ type, data }) => {
        if (type === "endpoint") nameEndpoint(data);
        else if (type === "message" && data.length > 0) return onMessage(data);
      },
    });
    throw noEndpoint("before its stream ended");
  }

  const ended = context.http.send({
    method: "GET",
    headers: { accept: "text/event-stream" },
    purpose: options.purpose,
    signal,
    mayBeSilent: true,
    onSend: limit.onSend,
    onRefusal: limit.onRefusal,
  }, read).catch(endpoint.reject);
  try {
    return { endpoint: await endpoint.promise, ended, close: () => closing.abort() };
  } catch (error) {
    closing.abort();
    throw error;
  } finally {
    limit[Symbol.dispose]();
  }
}

/** The credential is shown to the endpoint, so it must be on the backend's origin. */
function endpointOf(data: Uint8Array, backendUrl: URL): URL {
  const text = new TextDecoder().decode(data);
  const url = URL.parse(text, backendUrl);
  // User names in URLs would become a header field in place of the token's.
  if (url?.origin === backendUrl.origin && !url.username && !url.password) return url;
  throw noEndpoint(`on its own origin (it names ${excerpt(text)})`);
}

function noEndpoint(how: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend names no HTTP+SSE endpoint ${how}`,
    fix: "check MCP_BACKEND_URL and --transport",
    reason: "no_endpoint",
  });
}
