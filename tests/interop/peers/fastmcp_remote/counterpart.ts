import type { Peer, PeerOptions } from "../../counterpart.ts";
import { pythonPeer } from "../../peer_packages.ts";

const { start, ...installation } = await pythonPeer(import.meta.url, {
  name: "fastmcp-remote",
  shown: ["fastmcp-remote", "mcp"],
});

/** It registers itself at the provider: it takes neither a client id nor a provider. */
const signIn = ({ directory, url }: PeerOptions) => ({
  command: start(directory),
  args: [url.href],
});

export default {
  name: "peer-fastmcp-remote",
  title: "fastmcp-remote",
  ...installation,
  ways: {
    // It has no setting for the provider: this shows what becomes of a person's sign-in without one.
    "browser": signIn,
    "advertised": signIn,
    "static token": ({ directory, url, token }) => ({
      command: start(directory),
      args: [url.href, "--header", "Authorization:${AUTH_HEADER}"],
      env: { AUTH_HEADER: `Bearer ${token}` },
    }),
  },
} satisfies Peer;
