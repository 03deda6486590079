import type { Peer } from "../../counterpart.ts";
import { pythonPeer } from "../../peer_packages.ts";

const { start, ...installation } = await pythonPeer(import.meta.url, {
  name: "mcp-proxy",
  shown: ["mcp-proxy", "mcp"],
});

export default {
  name: "peer-mcp-proxy",
  title: "mcp-proxy (static token or client credentials)",
  ...installation,
  ways: {
    "client credentials": ({ directory, url, provider, service }) => ({
      command: start(directory),
      args: [
        "--transport",
        "streamablehttp",
        "--client-id",
        service.id,
        "--client-secret",
        service.secret,
        "--token-url",
        provider.tokenEndpoint,
        url.href,
      ],
    }),
    "static token": ({ directory, url, token }) => ({
      command: start(directory),
      args: ["--transport", "streamablehttp", url.href],
      env: { API_ACCESS_TOKEN: token },
    }),
  },
} satisfies Peer;
