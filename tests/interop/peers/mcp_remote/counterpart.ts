import type { Peer } from "../../counterpart.ts";
import { npmPeer } from "../../peer_packages.ts";

const { start, ...installation } = await npmPeer(import.meta.url, {
  name: "mcp-remote",
  script: "dist/proxy.js",
});

export default {
  name: "peer-mcp-remote",
  title: "mcp-remote",
  ...installation,
  ways: {
    // It has no setting for the provider: this shows what becomes of a person's sign-in without one,
    // with a client that is registered there by hand.
    "browser": ({ directory, url, provider: { clientId, redirectUrl } }) => ({
      command: start(directory),
      args: [
        url.href,
        redirectUrl.port,
        "--host",
        redirectUrl.hostname,
        "--callback-path",
        redirectUrl.pathname,
        "--static-oauth-client-info",
        JSON.stringify({ client_id: clientId }),
      ],
    }),
    "advertised": ({ directory, url }) => ({ command: start(directory), args: [url.href] }),
    "device code": ({ directory, url, deviceClientId }) => ({
      command: start(directory),
      args: [
        url.href,
        "--device-code",
        "--static-oauth-client-info",
        JSON.stringify({ client_id: deviceClientId }),
      ],
    }),
    "client credentials": ({ directory, url, provider, service }) => ({
      command: start(directory),
      args: [
        url.href,
        "--client-credentials",
        "--token-endpoint",
        provider.tokenEndpoint,
        "--static-oauth-client-info",
        JSON.stringify({ client_id: service.id, client_secret: "${SERVICE_SECRET}" }),
        "--static-oauth-client-metadata",
        JSON.stringify({ token_endpoint_auth_method: "client_secret_basic" }),
      ],
      env: { SERVICE_SECRET: service.secret },
    }),
    "static token": ({ directory, url, era, token }) => ({
      command: start(directory),
      args: [
        url.href,
        "--header",
        "Authorization:${AUTH_HEADER}",
        ...era === "2026" ? ["--protocol", "auto"] : [],
      ],
      env: { AUTH_HEADER: `Bearer ${token}` },
    }),
  },
} satisfies Peer;
