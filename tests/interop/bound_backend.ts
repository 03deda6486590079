import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, jwtVerify } from "jose";
import type { RunningProvider } from "./counterpart.ts";

/** A backend for tokens that are bound to a key. */
export interface BoundBackend extends AsyncDisposable {
  readonly url: URL;
  /** The thumbprints of the keys that tokens were bound to. */
  readonly keys: ReadonlySet<string>;
  /** Refuses the next requests, however good their token is. */
  refuse(times: number): void;
}

/** Starts an MCP server that takes DPoP-bound tokens alone (RFC 9449 section 7). */
export function startBoundBackend(
  provider: Pick<RunningProvider, "issuer" | "jwksUri" | "audience">,
): BoundBackend {
  const jwks = createRemoteJWKSet(new URL(provider.jwksUri));
  const keys = new Set<string>();
  let refusals = 0;
  const check = async (request: Request): Promise<void> => {
    const token = /^DPoP (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (!token) throw new Error("a DPoP-bound token is needed");
    const { issuer, audience } = provider;
    const { payload } = await jwtVerify<{ cnf?: { jkt?: string } }>(token, jwks, {
      issuer,
      audience,
    });
    const proof = await jwtVerify<{ htm: string; htu: string; ath: string }>(
      request.headers.get("dpop") ?? "",
      EmbeddedJWK,
      { typ: "dpop+jwt", maxTokenAge: 60, clockTolerance: 5 },
    );
    const thumbprint = await calculateJwkThumbprint(proof.protectedHeader.jwk!);
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const ath = new Uint8Array(hash).toBase64({ alphabet: "base64url", omitPadding: true });
    if (payload.cnf?.jkt !== thumbprint) throw new Error("the token is bound to another key");
    if (proof.payload.htm !== request.method || proof.payload.ath !== ath) {
      throw new Error("the proof is for another request");
    }
    keys.add(thumbprint);
    if (refusals-- > 0) throw new Error("refused for the test");
    refusals = Math.max(refusals, 0);
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    try {
      await check(request);
    } catch (error) {
      await request.body?.cancel();
      const description = (error as Error).message.replaceAll('"', "'");
      const challenge = `DPoP error="invalid_token", error_description="${description}"`;
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    }
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const message = await request.json();
    if (message.id === undefined) return new Response(null, { status: 202 });
    const result = message.method === "initialize"
      ? {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "bound", version: "1" },
      }
      : { tools: [] };
    return Response.json({ jsonrpc: "2.0", id: message.id, result });
  });
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    keys,
    refuse: (times) => void (refusals = times),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
