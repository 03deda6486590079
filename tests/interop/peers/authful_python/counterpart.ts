import type { Peer, PeerOptions } from "../../counterpart.ts";
import { pythonPeer } from "../../peer_packages.ts";

const { start, ...installation } = await pythonPeer(import.meta.url, {
  name: "authful-mcp-proxy",
  // It asks for any FastMCP from 3.2.3 on, and does not start with the fourth.
  shown: ["authful-mcp-proxy", "fastmcp", "mcp"],
});

const signIn = ({ directory, url, provider }: PeerOptions) => ({
  command: start(directory),
  args: [url.href],
  env: {
    OIDC_ISSUER_URL: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_REDIRECT_URL: provider.redirectUrl.href,
  },
});

export default {
  name: "peer-authful-python",
  title: "authful-mcp-proxy in Python",
  ...installation,
  ways: { "browser": signIn, "advertised": signIn },
} satisfies Peer;
