/**
 * A server of the MCP TypeScript SDK behind a gateway that says who asks: what it says of itself and
 * lists is each person's own.
 *
 * @module
 */
import { createServer, type Server } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { answeringWith, listenOnLoopback, stopListening } from "./loopback_server.ts";

/** A running server. */
export interface PersonalBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
}

/** Starts one on a free port. */
export async function startPersonalBackend(): Promise<PersonalBackend> {
  const server: Server = createServer(answeringWith(async (request, response) => {
    const user = String(request.headers["x-forwarded-user"]);
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    const mcp = new McpServer({ name: `server-of-${user}`, version: "1" }, {
      instructions: `instructions-for-${user}`,
    });
    mcp.registerTool(`tool-of-${user}`, {}, () => ({ content: [] }));
    mcp.registerResource(`resource-of-${user}`, `test://${user}`, {}, () => ({ contents: [] }));
    response.on("close", () => void mcp.close());
    await mcp.connect(transport);
    await transport.handleRequest(request, response);
  }));
  const port = await listenOnLoopback(server);
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    [Symbol.asyncDispose]: () => stopListening(server),
  };
}
