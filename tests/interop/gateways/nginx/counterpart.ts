import { recommended, startNginx } from "../../../gateways/nginx.ts";
import { certificateFile } from "../../../support/https_server.ts";
import goSdk from "../../backends/go_sdk/counterpart.ts";
import javaSdk from "../../backends/java_sdk/counterpart.ts";
import type { Gateway } from "../../counterpart.ts";
import { namedBackend } from "../../named_backend.ts";
import { trustingClient } from "../../trusting_client.ts";

/** As docs/gateways.md recommends it. */
const gateway = ({ http2, backend }: { http2: boolean; backend: Gateway["backend"] }): Gateway => ({
  name: `nginx-${http2 ? "http2" : "http1"}`,
  title: `nginx ${http2 ? "HTTP/2" : "HTTP/1.1"}, ${backend.title.split(",")[0]}`,
  versions: {},
  toolchains: ["debian:nginx"],
  files: [],
  backend,
  install: () => Promise.resolve(),
  async start({ upstream, path }) {
    const { url, ...nginx } = await startNginx({
      upstreams: [upstream],
      http2,
      location: recommended,
      server: "large_client_header_buffers 4 32k;",
    });
    const authority = certificateFile("authority.pem");
    return {
      url: new URL(path, url),
      args: ["--ca-cert", authority],
      ...await trustingClient(nginx, { authority }),
    };
  },
});

export default [
  gateway({ http2: false, backend: namedBackend(javaSdk, "java-sdk") }),
  gateway({ http2: true, backend: namedBackend(goSdk, "go-sdk") }),
];
