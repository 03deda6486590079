/**
 * A remote MCP server as companies run them: it checks the access token of every request and offers
 * no sign-in of its own. Two tools: `whoami` and `echo`.
 *
 *     deno run -A examples/backend.ts http://127.0.0.1:3000
 *
 * @module
 */
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/server/mcp"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/server/webStandardStreamableHttp"
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { createRemoteJWKSet, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import { z } from "zod";

/** What {@linkcode startBackend} is told. */
export interface ExampleBackendOptions {
  /** The port to listen on; 0 for a free one. */
  port: number;
  /** Whose tokens are accepted. */
  issuer: string;
  /** What the tokens must be meant for. */
  audience: string;
}

/** A running backend. */
export interface ExampleBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  url: URL;
}

/** Starts the backend on the loopback interface. */
export function startBackend(options: ExampleBackendOptions): ExampleBackend {
  const verify = createVerifier(options);
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.port, onListen() {} },
    async (request) => {
      if (new URL(request.url).pathname !== "/mcp") return new Response(null, { status: 404 });
      const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
      const claims = token && await verify(token).catch(() => undefined);
      if (!token || !claims) return unauthorized();

      const sessionId = request.headers.get("mcp-session-id");
      const transport = sessionId ? sessions.get(sessionId) : await newSession(sessions);
      if (!transport) return new Response("this session is gone", { status: 404 });
      return await transport.handleRequest(request, {
        authInfo: {
          token,
          clientId: String(claims.client_id ?? ""),
          scopes: String(claims.scope ?? "").split(" "),
          extra: { claims },
        },
      });
    },
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    async [Symbol.asyncDispose]() {
      for (const transport of sessions.values()) await transport.close();
      await server.shutdown();
    },
  };
}

/** Checks signature, issuer, audience and expiry; the keys are fetched when the first token comes. */
function createVerifier({ issuer, audience }: ExampleBackendOptions) {
  let keys: JWTVerifyGetKey | undefined;
  return async (token: string): Promise<JWTPayload> => {
    if (!keys) {
      const metadata = await fetch(`${issuer}/.well-known/openid-configuration`);
      keys = createRemoteJWKSet(new URL((await metadata.json()).jwks_uri));
    }
    return (await jwtVerify(token, keys, { issuer, audience })).payload;
  };
}

function unauthorized(): Response {
  return new Response("a valid access token is needed", {
    status: 401,
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
}

async function newSession(sessions: Map<string, WebStandardStreamableHTTPServerTransport>) {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await createMcpServer().connect(transport);
  return transport;
}

function createMcpServer(): McpServer {
  const server = new McpServer({ name: "company-tools", version: "1.0.0" });
  const text = (text: string) => ({ content: [{ type: "text" as const, text }] });
  server.registerTool(
    "whoami",
    { description: "Tells who you are, as your access token has it" },
    ({ authInfo }) => {
      const { sub, email } = authInfo?.extra?.claims as JWTPayload & { email?: string };
      return text(`You are ${sub}${email ? ` <${email}>` : ""}`);
    },
  );
  server.registerTool(
    "echo",
    { description: "Says what you say", inputSchema: { message: z.string() } },
    ({ message }) => text(message),
  );
  return server;
}

if (import.meta.main) {
  const [issuer = "http://127.0.0.1:3000"] = Deno.args;
  const { url } = startBackend({
    port: Number(Deno.env.get("PORT") ?? 3001),
    issuer,
    audience: "https://backend.example/mcp",
  });
  console.log(`MCP server at ${url}, for tokens of ${issuer}. Ctrl+C ends it.`);
}
