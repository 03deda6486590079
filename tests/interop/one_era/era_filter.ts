import { freePort } from "../../support/free_port.ts";
import type { Era } from "../connection.ts";
import type { Backend, BackendOptions, RunningBackend } from "../counterpart.ts";

/**
 * Starts a backend that speaks both eras, and before it, at its port, what refuses one of them as a
 * server does that has never heard of it: the legacy era as the TypeScript SDK v2 does with
 * `legacy: "reject"`, the modern one as the Python SDK 1 does. Everything else passes through.
 */
export async function startWithOneEra(
  backend: Backend,
  { era, ...options }: BackendOptions & { era: Era },
): Promise<RunningBackend> {
  const port = freePort();
  const running = await backend.start({ ...options, port });
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.port, signal: stop.signal, onListen() {} },
    async (request) => {
      const body = request.body && new Uint8Array(await request.arrayBuffer());
      const refused = refusal(request, { body, era });
      if (refused) return refused;
      const url = new URL(request.url);
      url.port = String(port);
      const { method, headers, signal } = request;
      const redirect = "manual" as const;
      return await fetch(url, { method, headers, body, signal, redirect }).catch((error) =>
        new Response(String(error), { status: 502 })
      );
    },
  );
  const kill = async () => {
    stop.abort();
    await running.kill();
    await server.finished;
  };
  return {
    url: new URL(running.url.pathname, `http://127.0.0.1:${options.port}`),
    kill,
    output: running.output,
    [Symbol.asyncDispose]: kill,
  };
}

/** What a backend of this era alone says to a message of the other one. */
function refusal(
  request: Request,
  { body, era }: { body: Uint8Array | null; era: Era },
): Response | undefined {
  // Who nobody knows is told so first.
  if (!request.headers.has("authorization")) return;
  const version = request.headers.get("mcp-protocol-version");
  const isModern = version !== null && version >= "2026";
  if (!new URL(request.url).pathname.startsWith("/mcp") || isModern === (era === "2026")) return;
  if (era === "2025") {
    const supported = "2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25";
    return refuse("server-error", {
      code: -32600,
      message: `Bad Request: Unsupported protocol version: ${version}. ` +
        `Supported versions: ${supported}`,
    });
  }
  if (request.method !== "POST") return new Response(null, { status: 405 });
  const { id = null, params } = JSON.parse(new TextDecoder().decode(body ?? new Uint8Array()));
  const requested = params?.protocolVersion;
  return refuse(id, {
    code: -32022,
    message: `Unsupported protocol version: ${
      requested ?? "the request did not name a protocol version"
    }`,
    data: { supported: ["2026-07-28"], ...requested && { requested } },
  });
}

function refuse(id: unknown, error: unknown): Response {
  return Response.json({ jsonrpc: "2.0", id, error }, { status: 400 });
}
