// An Express application as the documentation of the SDK's second version has it (VARIANT):
//   dual-era     2026-07-28, and clients of 2025 without sessions
//   modern-only  nothing but 2026-07-28
import {
  createMcpExpressApp,
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
  requireBearerAuth,
} from "@modelcontextprotocol/express";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, OAuthError, OAuthErrorCode } from "@modelcontextprotocol/server";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { createServer } from "./catalogue.mjs";

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

const handler = createMcpHandler(
  () => createServer(handler.notify),
  VARIANT === "modern-only" ? { legacy: "reject" } : {},
);
const serve = toNodeHandler(handler);
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
