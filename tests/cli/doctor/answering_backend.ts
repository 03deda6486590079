/** A message of a client. */
export interface Message {
  id?: number;
  method: string;
  params?: { protocolVersion?: string; clientInfo?: { name: string } };
}

/** What a method is answered with. */
export type Answer = { result: unknown } | { error: unknown } | Response;

/** A backend that answers these methods; what it was sent goes to `seen`. */
export function backend(
  methods: Record<string, (message: Message, session: string | null) => Answer> = {},
  seen: { method: string; headers: Headers }[] = [],
) {
  const usual: typeof methods = {
    initialize: () => ({
      result: {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "Company\ntools", version: "1" },
      },
    }),
    "tools/list": () => ({ result: { tools: [{ name: "a" }, { name: "b" }] } }),
    ping: () => ({ result: {} }),
    ...methods,
  };
  return async (request: Request): Promise<Response> => {
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const message: Message = await request.json();
    seen.push({ method: message.method, headers: request.headers });
    if (message.id === undefined) return new Response(null, { status: 202 });
    const answer = usual[message.method]?.(message, request.headers.get("mcp-session-id")) ??
      { error: { code: -32601, message: "Method not found" } };
    if (answer instanceof Response) return answer;
    return Response.json({ jsonrpc: "2.0", id: message.id, ...answer });
  };
}
