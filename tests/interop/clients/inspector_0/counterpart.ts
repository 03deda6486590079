import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-inspector-0",
  title: "Inspector CLI 0.15",
  versions: { "@modelcontextprotocol/inspector": "0.15.0" },
  toolchains: ["node"],
  cannot: { "lists again after list_changed": "it is one command a request" },
  handshake: { limit: 60_000, settable: false },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
    }),
} satisfies Client;
