// An Express application as the documentation of the SDK's second version has it (VARIANT):
//   dual-era     2026-07-28, and clients of 2025 without sessions
//   modern-only  nothing but 2026-07-28
//   legacy-only  sessions of up to 2025-11-25, and nothing else
import {
  createMcpExpressApp,
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
  requireBearerAuth,
} from "@modelcontextprotocol/express";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  isInitializeRequest,
  OAuthError,
  OAuthErrorCode,
} from "@modelcontextprotocol/server";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { randomUUID } from "node:crypto";
import { createServer, registerGrown } from "./catalogue.mjs";

const { PORT, ISSUER, JWKS_URI, AUDIENCE, VARIANT = "dual-era" } = process.env;
const app = createMcpExpressApp({ jsonLimit: "8mb" });

const keys = createRemoteJWKSet(new URL(JWKS_URI));
const verifier = {
  async verifyAccessToken(token) {
    try {
      const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE });
      return {
        token,
        clientId: String(payload.client_id ?? payload.azp ?? ""),
        scopes: typeof payload.scope === "string" ? payload.scope.split(" ") : [],
        expiresAt: payload.exp,
      };
    } catch (error) {
      throw new OAuthError(OAuthErrorCode.InvalidToken, error.message);
    }
  },
};
const mcpServerUrl = new URL(AUDIENCE);
const configuration = await fetch(`${ISSUER}/.well-known/openid-configuration`);
app.use(mcpAuthMetadataRouter({
  oauthMetadata: await configuration.json(),
  resourceServerUrl: mcpServerUrl,
}));

function serveByRequest() {
  const handler = createMcpHandler(
    () => createServer(handler.notify),
    VARIANT === "modern-only" ? { legacy: "reject" } : {},
  );
  return toNodeHandler(handler);
}

function serveBySession() {
  const sessions = new Map();
  const notify = {
    toolsChanged() {
      // Which tells its client by itself.
      for (const { server, known } of sessions.values()) registerGrown(server, known);
    },
    resourceUpdated(uri) {
      for (const { server, subscribed } of sessions.values()) {
        if (subscribed.has(uri)) server.server.sendResourceUpdated({ uri });
      }
    },
  };
  return async (req, res, body) => {
    const id = req.headers["mcp-session-id"];
    let session = sessions.get(id);
    if (!session && id === undefined && isInitializeRequest(body)) {
      const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => sessions.set(id, session),
        onsessionclosed: (id) => sessions.delete(id),
      });
      const known = new Set();
      const subscribed = new Set();
      const server = createServer(notify, known);
      // Up to 2025-11-25 this is the developer's.
      server.server.setRequestHandler("resources/subscribe", ({ params }) => {
        subscribed.add(params.uri);
        return {};
      });
      session = { server, transport, known, subscribed };
      await session.server.connect(transport);
    }
    if (session) return await session.transport.handleRequest(req, res, body);
    const error = { code: -32000, message: "Bad Request: No valid session ID provided" };
    res.status(id === undefined ? 400 : 404).json({ jsonrpc: "2.0", error, id: null });
  };
}

const serve = VARIANT === "legacy-only" ? serveBySession() : serveByRequest();
app.all(
  "/mcp",
  requireBearerAuth({
    verifier,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpServerUrl),
  }),
  (req, res) => serve(req, res, req.body),
);

app.listen(Number(PORT), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`ready on port ${PORT}`);
});
