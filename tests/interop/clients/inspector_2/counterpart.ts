import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-inspector-2",
  title: "Inspector CLI 2",
  versions: { "@modelcontextprotocol/inspector": "2.12.0" },
  toolchains: ["node"],
  cannot: {
    "lists again after list_changed": "it is one command a request",
    "goes on when the person is done":
      "it is one command a request, which calls a tool only when it finds it listed: the next command does",
  },
  handshake: { limit: 15_000, settable: true },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
    }),
} satisfies Client;
