import { startSquid } from "../../../gateways/squid.ts";
import { startTls } from "../../../gateways/tls_server.ts";
import { certificateFile } from "../../../support/https_server.ts";
import fastmcp from "../../backends/fastmcp_3/counterpart.ts";
import sdkV1 from "../../backends/sdk_v1/counterpart.ts";
import type { Gateway } from "../../counterpart.ts";
import { namedBackend } from "../../named_backend.ts";
import { trustingClient } from "../../trusting_client.ts";

const squid = {
  versions: {},
  toolchains: ["debian:squid" as const],
  files: [],
  install: () => Promise.resolve(),
};
const tunnelled = namedBackend(sdkV1, "sdk-v1-session-map");
const plain = namedBackend(fastmcp, "fastmcp-3");

// As docs/gateways.md has it: nobody but squid knows the name, and a DNS server may not say so at once.
const shortLookups = { RES_OPTIONS: "timeout:1 attempts:1" };

/** A forward proxy: https through a tunnel, of which it sees nothing, and http, which it sends on. */
export default [
  {
    name: "squid",
    title: `squid https, ${tunnelled.title.split(",")[0]}`,
    backend: tunnelled,
    ...squid,
    async start({ upstream, path }) {
      await using stack = new AsyncDisposableStack();
      const { url } = stack.use(await startTls(new URL(`http://${upstream}`)));
      const { proxy, ...daemon } = stack.use(await startSquid("http_access allow all"));
      const authority = certificateFile("faulty_authority.pem");
      const through = await trustingClient(daemon, { authority, proxy: `http://${proxy}` });
      const owned = stack.move();
      return {
        ...through,
        url: new URL(path, url),
        args: ["--ca-cert", authority],
        env: { HTTPS_PROXY: proxy, ...shortLookups },
        async [Symbol.asyncDispose]() {
          through.client.close();
          await owned.disposeAsync();
        },
      };
    },
  },
  {
    name: "squid-http",
    title: `squid http, ${plain.title.split(",")[0]}`,
    backend: plain,
    ...squid,
    async start({ upstream, path }) {
      const { proxy, ...daemon } = await startSquid("http_access allow all");
      const authority = certificateFile("authority.pem");
      return {
        url: new URL(path, `http://${upstream.replace("127.0.0.1", "other.test")}`),
        args: ["--allow-http"],
        env: { HTTP_PROXY: proxy, ...shortLookups },
        ...await trustingClient(daemon, { authority, proxy: `http://${proxy}` }),
      };
    },
  },
] satisfies Gateway[];
