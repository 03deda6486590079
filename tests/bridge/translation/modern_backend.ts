import { createMcpHandler } from "@modelcontextprotocol/server";
import { createServer } from "../../interop/backends/sdk_v2/catalogue.mjs";

/** A backend that speaks the modern era only: the SDK's own server with all that it can do. */
export interface ModernBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
  /** The requests that reached it: the method of HTTP and `Mcp-Method`. */
  readonly requests: string[];
}

/** Starts one on a free port; with `legacy` it speaks both eras, with `modern: false` only that one. */
export function startModernBackend(
  options: { legacy?: boolean; modern?: boolean } = {},
): ModernBackend {
  const handler = createMcpHandler(
    () => createServer(handler.notify),
    options.legacy ? {} : { legacy: "reject" },
  );
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      requests.push(`${request.method} ${request.headers.get("mcp-method") ?? ""}`.trim());
      const isRefused = options.modern === false && request.headers.has("mcp-method");
      return isRefused ? new Response("Bad Request", { status: 400 }) : handler.fetch(request);
    },
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    requests,
    async [Symbol.asyncDispose]() {
      await handler.close();
      await server.shutdown();
    },
  };
}
