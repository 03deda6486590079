import type { Peer } from "../../counterpart.ts";
import { npmPeer } from "../../peer_packages.ts";

const { start, ...installation } = await npmPeer(import.meta.url, {
  name: "supergateway",
  script: "dist/index.js",
});

export default {
  name: "peer-supergateway",
  title: "supergateway (static token alone)",
  ...installation,
  ways: {
    "static token": ({ directory, url, token }) => ({
      command: start(directory),
      args: ["--streamableHttp", url.href, "--oauth2Bearer", token],
    }),
  },
} satisfies Peer;
