import {
  classifyInboundRequest,
  type JSONRPCNotification,
  type JSONRPCRequest,
  PerRequestHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Front, FrontOptions } from "./front.ts";
import { OpenRequests, type RequestId } from "./open_requests.ts";
import { startStdio } from "./start_stdio.ts";

/** Streamable HTTP without sessions, 2026-07-28: one process of the program for all requests. */
export async function createRequestFront(options: FrontOptions): Promise<Front> {
  const stdio = await startStdio(options);
  const requests = new OpenRequests();
  const exchanges = new Map<RequestId, PerRequestHTTPServerTransport>();

  stdio.onmessage = (message) => {
    const relatedRequestId = requests.received(message);
    const exchange = exchanges.get(relatedRequestId ?? "");
    exchange?.send(message, { relatedRequestId }).catch(options.onError);
  };
  stdio.onclose = () => {
    for (const exchange of [...exchanges.values()]) exchange.close().catch(options.onError);
  };

  async function relay(
    message: JSONRPCRequest | JSONRPCNotification,
    request: Request,
  ): Promise<Response> {
    const exchange = new PerRequestHTTPServerTransport({ classification: { era: "modern" } });
    exchange.onmessage = (message) => {
      requests.sent(message);
      stdio.send(message).catch(options.onError);
    };
    if ("id" in message) {
      const { id } = message;
      exchanges.set(id, exchange);
      exchange.onclose = () => {
        exchanges.delete(id);
        if (!requests.gone(id)) return;
        const cancelled = { method: "notifications/cancelled", params: { requestId: id } };
        stdio.send({ jsonrpc: "2.0", ...cancelled }).catch(options.onError);
      };
    }
    await exchange.start();
    return await withStatus(await exchange.handleMessage(message, { request }));
  }

  return {
    async serve(request) {
      if (request.method !== "POST") return new Response(null, { status: 405 });
      const body = await request.json();
      const inbound = classifyInboundRequest({
        httpMethod: request.method,
        protocolVersionHeader: request.headers.get("mcp-protocol-version") ?? undefined,
        mcpMethodHeader: request.headers.get("mcp-method") ?? undefined,
        mcpNameHeader: request.headers.get("mcp-name") ?? undefined,
        body,
      });
      if (inbound.kind !== "reject") return await relay(body, request);
      const { code, message, data, httpStatus: status } = inbound;
      const error = { code, message, data };
      return Response.json({ jsonrpc: "2.0", id: body.id ?? null, error }, { status });
    },
    [Symbol.asyncDispose]: () => stdio.close(),
  };
}

/** The HTTP status that 2026-07-28 wants for an error, where it wants one. */
const statuses: Readonly<Record<number, number>> = {
  [-32600]: 400,
  [-32601]: 404,
  [-32602]: 400,
  [-32020]: 400,
  [-32021]: 400,
  [-32022]: 400,
};

/** The SDK's transport knows it for errors only that are given at once. */
async function withStatus(response: Response): Promise<Response> {
  if (!response.headers.get("content-type")?.includes("json")) return response;
  const answer = await response.json();
  return Response.json(answer, { status: statuses[answer.error?.code] ?? response.status });
}
