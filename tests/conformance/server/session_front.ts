import {
  isInitializeRequest,
  type JSONRPCMessage,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Front, FrontOptions } from "./front.ts";
import { OpenRequests } from "./open_requests.ts";
import { startStdio } from "./start_stdio.ts";

/** Streamable HTTP with sessions, up to 2025-11-25: one process of the program for each session. */
export function createSessionFront(options: FrontOptions): Front {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function begin(): Promise<WebStandardStreamableHTTPServerTransport> {
    const stdio = await startStdio(options);
    const requests = new OpenRequests();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    transport.onmessage = (message: JSONRPCMessage) => {
      requests.sent(message);
      stdio.send(message).catch(options.onError);
    };
    stdio.onmessage = (message) => {
      const relatedRequestId = requests.received(message);
      transport.send(message, { relatedRequestId }).catch(options.onError);
    };
    transport.onclose = () => stdio.close().catch(options.onError);
    await transport.start();
    return transport;
  }

  return {
    async serve(request) {
      const id = request.headers.get("mcp-session-id");
      const known = id === null ? undefined : sessions.get(id);
      if (known) return await known.handleRequest(request);
      if (id !== null) return new Response("no such session", { status: 404 });
      const parsedBody = request.method === "POST" ? await request.json() : undefined;
      if (!isInitializeRequest(parsedBody)) return new Response("no session", { status: 400 });
      return await (await begin()).handleRequest(request, { parsedBody });
    },
    async [Symbol.asyncDispose]() {
      for (const transport of [...sessions.values()]) await transport.close();
    },
  };
}
