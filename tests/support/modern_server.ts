/**
 * A server of the era of 2026-07-28, made with the SDK of that era: stateless, with multi-round-trip
 * results and subscriptions.
 *
 * @module
 */
import {
  acceptedContent,
  createMcpHandler,
  inputRequired,
  McpServer,
} from "@modelcontextprotocol/server";
import { z } from "zod";

/** A running server. */
export interface ModernServer extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
  /** Tells everybody who listens that the list of tools has changed. */
  toolsChanged(): void;
  /** Resolves when the call of `forever` has been cancelled. */
  readonly cancelled: Promise<void>;
}

/** Starts a {@linkcode ModernServer} on a free port; it refuses the legacy era. */
export function startModernServer(): ModernServer {
  const cancelled = Promise.withResolvers<void>();
  const handler = createMcpHandler(() => createServer(cancelled.resolve), { legacy: "reject" });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => handler.fetch(request),
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    toolsChanged: () => handler.notify.toolsChanged(),
    cancelled: cancelled.promise,
    async [Symbol.asyncDispose]() {
      await handler.close();
      await server.shutdown();
    },
  };
}

function createServer(onCancelled: () => void): McpServer {
  const server = new McpServer({ name: "modern", version: "1.0.0" }, {
    capabilities: { tools: { listChanged: true } },
  });
  const text = (text: string) => ({ content: [{ type: "text" as const, text }] });
  server.registerTool(
    "echo",
    { inputSchema: z.object({ message: z.string() }) },
    ({ message }) => text(message),
  );
  const confirmation = z.object({ confirm: z.boolean() });
  server.registerTool("confirm", { inputSchema: z.object({}) }, (_args, context) => {
    const answer = acceptedContent(context.mcpReq.inputResponses, "confirm", confirmation);
    if (answer) return text(answer.confirm ? "confirmed" : "refused");
    return inputRequired({
      inputRequests: {
        confirm: inputRequired.elicit({ message: "Sure?", requestedSchema: confirmation }),
      },
      requestState: "opaque/+=",
    });
  });
  server.registerTool(
    "forever",
    { inputSchema: z.object({}) },
    (_args, { mcpReq }) =>
      new Promise((resolve) => {
        mcpReq.signal.addEventListener("abort", () => {
          onCancelled();
          resolve(text("cancelled"));
        });
      }),
  );
  return server;
}
