/**
 * The server that the conformance suite wants to find: it has the tools, resources and prompts whose
 * names the scenarios know, and speaks one era of the protocol, with the SDK's own server.
 *
 * @module
 */
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isInitializeRequest,
  localhostAllowedHostnames,
  McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { registerPrompts, registerResources, registerTools } from "./contents.ts";
import { type ListChanges, registerEvents } from "./events.ts";
import { registerQuestions, verifyState } from "./questions.ts";

/** An era of the protocol. */
export type Era = "legacy" | "modern";

/** A running server. */
export interface FixtureServer extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
}

/** Starts it on a free port. */
export function startFixtureServer(era: Era): FixtureServer {
  const handler = era === "legacy" ? serveSessions() : serveRequests();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ?? handler.fetch(request),
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    async [Symbol.asyncDispose]() {
      // What is open keeps the server from ending.
      await handler.close();
      await server.shutdown();
    },
  };
}

/** What answers HTTP. */
interface Handler {
  fetch(request: Request): Response | Promise<Response>;
  close(): Promise<void>;
}

function serveRequests(): Handler {
  const handler = createMcpHandler(() => createServer(handler.notify), { legacy: "reject" });
  return handler;
}

function serveSessions(): Handler {
  const sessions = new Map<
    string,
    { server: McpServer; transport: WebStandardStreamableHTTPServerTransport }
  >();
  const changes: ListChanges = {
    toolsChanged() {
      for (const { server } of sessions.values()) server.sendToolListChanged();
    },
    promptsChanged() {
      for (const { server } of sessions.values()) server.sendPromptListChanged();
    },
  };

  async function answer(request: Request): Promise<Response> {
    const known = sessions.get(request.headers.get("mcp-session-id") ?? "");
    if (known) return await known.transport.handleRequest(request);
    const isUnknown = request.headers.has("mcp-session-id");
    const parsedBody = request.method === "POST" ? await request.json() : undefined;
    if (isUnknown || !isInitializeRequest(parsedBody)) {
      const error = { code: -32000, message: isUnknown ? "Session not found" : "No session" };
      const status = isUnknown ? 404 : 400;
      return Response.json({ jsonrpc: "2.0", error, id: null }, { status });
    }
    const server = createServer(changes);
    for (const method of ["resources/subscribe", "resources/unsubscribe"] as const) {
      server.server.setRequestHandler(method, () => ({}));
    }
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, { server, transport }),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await server.connect(transport);
    return await transport.handleRequest(request, { parsedBody });
  }

  return {
    fetch: answer,
    async close() {
      for (const { server } of [...sessions.values()]) await server.close();
    },
  };
}

function createServer(changes: ListChanges): McpServer {
  const server = new McpServer({ name: "conformance-fixtures", version: "1.0.0" }, {
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      logging: {},
      completions: {},
    },
    requestState: { verify: verifyState },
  });
  registerTools(server);
  registerResources(server);
  registerPrompts(server);
  registerQuestions(server);
  registerEvents(server, changes);
  server.server.setRequestHandler(
    "completion/complete",
    () => ({ completion: { values: ["Ada", "Alan"], total: 2, hasMore: false } }),
  );
  return server;
}
