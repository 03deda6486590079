// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/server/webStandardStreamableHttp"
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { getServer } from "../../interop/backends/sdk_v1/catalogue.mjs";

/** A backend that speaks the legacy era only: the SDK's own server with all that it can do. */
export interface LegacyBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
  /** The requests that reached it: the methods of HTTP and of JSON-RPC. */
  readonly requests: string[];
  /** How many sessions were begun, and not ended since. */
  readonly sessions: number;
}

/** Starts one on a free port. */
export function startLegacyBackend(): LegacyBackend {
  const requests: string[] = [];
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const body = request.method === "POST" ? await request.clone().json() : undefined;
      requests.push([request.method, body?.method ?? (body && "response")].join(" ").trim());
      const id = request.headers.get("mcp-session-id");
      const known = id === null ? undefined : transports.get(id);
      if (known) return await known.handleRequest(request);
      if (id !== null) return new Response("no such session", { status: 404 });
      if (body?.method !== "initialize") {
        const error = { code: -32000, message: "Bad Request: No valid session ID provided" };
        return Response.json({ jsonrpc: "2.0", id: null, error }, { status: 400 });
      }
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (id) => void transports.set(id, transport),
        onsessionclosed: (id) => void transports.delete(id),
      });
      await getServer().connect(transport);
      return await transport.handleRequest(request);
    },
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    requests,
    get sessions() {
      return transports.size;
    },
    async [Symbol.asyncDispose]() {
      for (const transport of transports.values()) await transport.close();
      await server.shutdown();
    },
  };
}
