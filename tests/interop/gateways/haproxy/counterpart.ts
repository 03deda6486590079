import { startHaproxy } from "../../../gateways/haproxy.ts";
import { certificateFile } from "../../../support/https_server.ts";
import rmcp from "../../backends/rmcp/counterpart.ts";
import type { Gateway } from "../../counterpart.ts";
import { namedBackend } from "../../named_backend.ts";
import { trustingClient } from "../../trusting_client.ts";

const backend = namedBackend(rmcp, "rmcp");

export default {
  name: "haproxy",
  title: `haproxy, ${backend.title.split(",")[0]}`,
  versions: {},
  toolchains: ["debian:haproxy"],
  files: [],
  backend,
  install: () => Promise.resolve(),
  async start({ upstream, path }) {
    const { url, ...haproxy } = await startHaproxy({
      upstreams: [upstream],
      bind: "alpn h2,http/1.1",
    });
    const authority = certificateFile("authority.pem");
    return {
      url: new URL(path, url),
      args: ["--ca-cert", authority],
      ...await trustingClient(haproxy, { authority }),
    };
  },
} satisfies Gateway;
