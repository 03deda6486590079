/**
 * An MCP server that follows the MCP authorization specification: it says which provider it trusts
 * (RFC 9728), verifies tokens, and asks for more scopes where a tool needs them.
 *
 * @module
 */
import { createRemoteJWKSet, jwtVerify } from "jose";

/** What {@linkcode startAdvertisingBackend} is told. */
export interface AdvertisingBackendOptions {
  /** The issuers that its metadata names. */
  issuers: readonly string[];
  /** Where the keys of the one that it trusts are. */
  jwksUri: string;
  /** The scopes that its challenge names. */
  scope?: string;
  /** The key that a gateway before it wants in `x-api-key` before it lets anything through. */
  apiKey?: string;
  /** The scope that calling a tool takes; a function to name another one each time. */
  toolScope?: string | (() => string);
  /** Calling a tool takes a sign-in like this (RFC 9470): the first token that tries it is of another. */
  toolAuthentication?: { acr_values: string; max_age: string };
}

/** A running backend. */
export interface AdvertisingBackend extends AsyncDisposable {
  /** Its MCP endpoint, which is its resource identifier too. */
  readonly url: URL;
  /** The scopes of the tokens it was shown, in order. */
  readonly scopes: readonly string[];
  /** Refuses every token it has accepted so far from now on. */
  distrust(): void;
}

/** Starts one. */
export function startAdvertisingBackend(options: AdvertisingBackendOptions): AdvertisingBackend {
  const keys = createRemoteJWKSet(new URL(options.jwksUri));
  const scopes: string[] = [];
  const accepted = new Set<string>();
  const distrusted = new Set<string>();
  let weak: string | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const resource = `${url.origin}/mcp`;
    if (options.apiKey && request.headers.get("x-api-key") !== options.apiKey) {
      return new Response("no key", { status: 401 });
    }
    if (url.pathname === "/.well-known/oauth-protected-resource/mcp") {
      return Response.json({ resource, authorization_servers: options.issuers });
    }
    const message = request.method === "POST" ? await request.json() : undefined;
    const challenge = (status: number, parameters: Record<string, string>) => {
      const shown = {
        ...parameters,
        resource_metadata: `${url.origin}/.well-known/oauth-protected-resource/mcp`,
      };
      const list = Object.entries(shown).map(([name, value]) => `${name}="${value}"`).join(", ");
      return new Response(null, { status, headers: { "www-authenticate": `Bearer ${list}` } });
    };
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    const scope: Record<string, string> = options.scope === undefined
      ? {}
      : { scope: options.scope };
    if (token === undefined) return challenge(401, scope);
    const verified = await jwtVerify(token, keys, { audience: resource }).catch(() => undefined);
    if (!verified || distrusted.has(token)) {
      return challenge(401, { error: "invalid_token", ...scope });
    }
    const held = String(verified.payload.scope ?? "");
    scopes.push(held);
    accepted.add(token);
    if (request.method !== "POST") return new Response(null, { status: 405 });
    if (message.id === undefined) return new Response(null, { status: 202 });
    if (message.method === "tools/call") {
      const { toolScope: named, toolAuthentication } = options;
      const toolScope = typeof named === "function" ? named() : named;
      if (toolScope && !held.split(" ").includes(toolScope)) {
        return challenge(403, { error: "insufficient_scope", scope: toolScope });
      }
      weak ??= token;
      if (toolAuthentication && token === weak) {
        return challenge(401, { error: "insufficient_user_authentication", ...toolAuthentication });
      }
    }
    const results: Record<string, unknown> = {
      initialize: {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "advertising", version: "1" },
      },
      "tools/call": { content: [{ type: "text", text: "called" }] },
    };
    const result = results[message.method] ?? { tools: [] };
    return Response.json({ jsonrpc: "2.0", id: message.id, result });
  });
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    scopes,
    distrust() {
      for (const token of accepted) distrusted.add(token);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
