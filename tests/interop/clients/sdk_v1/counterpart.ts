import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "client.mjs", "catalogue.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-sdk-v1",
  title: "TypeScript SDK v1",
  versions: { "@modelcontextprotocol/sdk": "1.32.2" },
  toolchains: ["node"],
  quick: true,
  handshake: { limit: 60_000, settable: true },
  eras: ["2025"],
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startClientProcess(options, {
      command: "node",
      args: [join(options.directory, options.catalogue ? "catalogue.mjs" : "client.mjs")],
    }),
} satisfies Client;
