import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-sdk-v1",
  title: "TypeScript SDK v1",
  versions: { "@modelcontextprotocol/sdk": "1.32.2" },
  toolchains: ["node"],
  quick: true,
  handshake: { limit: 60_000, settable: true },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
    }),
} satisfies Client;
