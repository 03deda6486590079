// An Express application as the SDK's examples have it, in one of three forms (VARIANT):
//   session-map  POST, GET and DELETE, a transport for each session
//   post-only    the same sessions, but only the POST route was written
//   stateless    a server and a transport for each request
import { randomUUID } from "node:crypto";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
} from "@modelcontextprotocol/sdk/server/auth/router.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { getServer } from "./catalogue.mjs";

const { PORT, ISSUER, JWKS_URI, AUDIENCE, VARIANT = "session-map" } = process.env;
const app = createMcpExpressApp();

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
      throw new InvalidTokenError(error.message);
    }
  },
};
const mcpServerUrl = new URL(AUDIENCE);
const configuration = await fetch(`${ISSUER}/.well-known/openid-configuration`);
app.use(mcpAuthMetadataRouter({
  oauthMetadata: await configuration.json(),
  resourceServerUrl: mcpServerUrl,
}));
const auth = requireBearerAuth({
  verifier,
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpServerUrl),
});

const refuse = (res, status, message) =>
  res.status(status).json({ jsonrpc: "2.0", error: { code: -32000, message }, id: null });

if (VARIANT === "stateless") {
  app.post("/mcp", auth, async (req, res) => {
    const server = getServer();
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    res.on("close", () => {
      transport.close();
      server.close();
    });
    await server.connect(transport);
    await transport.handleRequest(req, res, req.body);
  });
  app.get("/mcp", auth, (_req, res) => refuse(res, 405, "Method not allowed."));
  app.delete("/mcp", auth, (_req, res) => refuse(res, 405, "Method not allowed."));
} else {
  const transports = {};
  app.post("/mcp", auth, async (req, res) => {
    const sessionId = req.headers["mcp-session-id"];
    let transport;
    if (sessionId && transports[sessionId]) {
      transport = transports[sessionId];
    } else if (!sessionId && isInitializeRequest(req.body)) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => {
          transports[id] = transport;
        },
      });
      transport.onclose = () => {
        if (transport.sessionId) delete transports[transport.sessionId];
      };
      await getServer().connect(transport);
    } else if (sessionId) {
      return refuse(res, 404, "Session not found");
    } else {
      return refuse(res, 400, "Bad Request: No valid session ID provided");
    }
    await transport.handleRequest(req, res, req.body);
  });
  if (VARIANT === "session-map") {
    const handleSessionRequest = async (req, res) => {
      const transport = transports[req.headers["mcp-session-id"]];
      if (!transport) return res.status(400).send("Invalid or missing session ID");
      await transport.handleRequest(req, res);
    };
    app.get("/mcp", auth, handleSessionRequest);
    app.delete("/mcp", auth, handleSessionRequest);
  }
}

app.listen(Number(PORT), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`ready on port ${PORT}`);
});
