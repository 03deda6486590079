import { type Backend, jsonResponse, type Received } from "../bridge_fixture.ts";

/** What {@linkcode modernBackend} is told. */
export interface ModernBackendScript {
  /** Answers what is neither `initialize` nor `server/discover`; an empty result by default. */
  answer?(received: Received): Response | undefined | Promise<Response | undefined>;
  /** What it says that it can do. */
  capabilities?: unknown;
}

/** A scripted backend that speaks the modern era only, as servers of the SDK do. */
export function modernBackend({ answer, capabilities = {} }: ModernBackendScript = {}): Backend {
  return async (received) => {
    const { id, method } = received.message ?? {};
    if (received.method !== "POST") return new Response(null, { status: 405 });
    if (!received.headers.has("mcp-method")) {
      const data = { supported: ["2026-07-28"], requested: "2025-11-25" };
      const error = { code: -32022, message: "Unsupported protocol version", data };
      return jsonResponse({ jsonrpc: "2.0", id, error }, { status: 400 });
    }
    const answered = await answer?.(received);
    if (answered) return answered;
    if (id === undefined) return new Response(null, { status: 202 });
    const result = method === "server/discover"
      ? {
        resultType: "complete",
        supportedVersions: ["2026-07-28"],
        capabilities,
        ttlMs: 1.5,
        cacheScope: "private",
        _meta: { "io.modelcontextprotocol/serverInfo": { name: "scripted", version: "1" } },
      }
      : { resultType: "complete" };
    return jsonResponse({ jsonrpc: "2.0", id, result });
  };
}
