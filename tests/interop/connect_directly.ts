import {
  SSEClientTransport as ModernSseTransport,
  StreamableHTTPClientTransport as ModernHttpTransport,
} from "@modelcontextprotocol/client";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/sse"
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/shared/transport"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { connect2025 } from "./connect_2025.ts";
import { connect2026 } from "./connect_2026.ts";
import type { Connection, Era } from "./connection.ts";

/** How {@linkcode connectDirectly} connects. */
export interface DirectOptions {
  /** The protocol. */
  era: Era;
  /** The transport. */
  transport: "streamable-http" | "sse";
  /** What authorizes it. */
  token: string;
  /** What requests are made with: the way there, whom it trusts; Deno's own unless told otherwise. */
  client?: Deno.HttpClient;
}

/** Connects a client of the SDK to a backend, with nothing between: what is possible there at all. */
export function connectDirectly(url: URL, options: DirectOptions): Promise<Connection> {
  const { era, transport, token, client } = options;
  const withToken = {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
    ...client &&
      { fetch: (url: string | URL, init?: RequestInit) => fetch(url, { ...init, client }) },
  };
  if (era === "2026") {
    const Modern = transport === "sse" ? ModernSseTransport : ModernHttpTransport;
    return connect2026(new Modern(url, withToken));
  }
  const Handshaking = transport === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
  return connect2025(new Handshaking(url, withToken) as Transport);
}
