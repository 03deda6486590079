/**
 * A server of the MCP TypeScript SDK, as its documentation has it, that counts what it carries out.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { answeringWith, listenOnLoopback, stopListening } from "./loopback_server.ts";

/** A running server. */
export interface CountingBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
  /** How often the tool was carried out, by the key it was called with. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Starts one on a free port; those that share `counts` are copies of one backend. */
export async function startCountingBackend(
  counts: Map<string, number> = new Map(),
): Promise<CountingBackend> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const server: Server = createServer(answeringWith(async (request, response) => {
    const id = request.headers["mcp-session-id"];
    const body = request.method === "POST" ? JSON.parse(await textOf(request)) : undefined;
    let transport = typeof id === "string" ? transports.get(id) : undefined;
    if (!transport && id === undefined && isInitializeRequest(body)) {
      const begun = transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (session: string) => void transports.set(session, begun),
      });
      await mcpServer(counts).connect(transport);
    }
    if (transport) return await transport.handleRequest(request, response, body);
    response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({
      jsonrpc: "2.0",
      error: { code: -32001, message: "Session not found" },
      id: null,
    }));
  }));
  const port = await listenOnLoopback(server);
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    counts,
    async [Symbol.asyncDispose]() {
      for (const transport of transports.values()) await transport.close();
      await stopListening(server);
    },
  };
}

interface Arguments {
  key: string;
  milliseconds: number;
}

interface Extra {
  sendNotification(notification: unknown): Promise<void>;
  _meta?: { progressToken?: string | number };
}

function mcpServer(counts: Map<string, number>): McpServer {
  const server = new McpServer({ name: "counting", version: "1" });
  server.registerTool("count", {
    inputSchema: { key: z.string(), milliseconds: z.number().default(0) },
  }, async ({ key, milliseconds }: Arguments, { sendNotification, _meta }: Extra) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const progressToken = _meta?.progressToken;
    if (progressToken !== undefined) {
      await sendNotification({
        method: "notifications/progress",
        params: { progressToken, progress: 1 },
      });
    }
    // How long the tool takes is what the test is about, not a wait for something else.
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return { content: [{ type: "text", text: `${key} ${counts.get(key)}` }] };
  });
  return server;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
